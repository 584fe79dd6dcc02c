/** Every text of the chart of runs, in English; the host sends them translated. */
export const RUNS_STRINGS = {
  title: 'Size or latency against accuracy',
  axis: 'Horizontal axis',
  vertical: 'Vertical axis',
  size: 'Size',
  latency: 'Latency',
  accuracy: 'Accuracy',
  agreement: 'Agreement',
  front: 'Not beaten by another run',
  other: 'Beaten by another run',
  empty: 'No run has figures yet. Quantize a model with data.',
  point: '{0}: {1}, accuracy {2}',
  agreementPoint: '{0}: {1}, agreement {2}',
  onFront: 'on the Pareto front',
  chartLabel: '{0} runs, {1} of them on the Pareto front',
} as const;

export type RunsStrings = Readonly<Record<keyof typeof RUNS_STRINGS, string>>;
