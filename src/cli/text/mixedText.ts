import { basename } from 'node:path';
import type { MixedCandidate, MixedPrecisionResult } from '../../protocol';
import { formatBytes, formatMs, formatPercent, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { indented, proportionText, section } from './figures';

/** Layers that are named; the recipe has all. */
const NAMED_LAYERS = 12;

/** What a search for mixed precision found, for a person. */
export function mixedText(result: MixedPrecisionResult): string {
  const { report, chosen, goal, reason, candidates, samples, seconds, accuracy } = result;
  return [
    `${basename(report.source.path)}: ${goal.met ? 'the goal is met' : 'the goal is not met'} after ${formatQuantity(candidates, 'model')} in ${formatMs(seconds * 1000)}`,
    reason,
    '',
    `${formatPercent(chosen.floatMacShare)} of the multiply-accumulates stay in float: ${names(chosen.float)}.`,
    ...(chosen.perChannel.length > 0 ? [`Scales per channel: ${names(chosen.perChannel)}.`] : []),
    `Calibration: ${chosen.calibration}.`,
    ...(accuracy ? [`Top-1 ${proportionText(accuracy.before)} before, ${proportionText(accuracy.after)} after.`] : []),
    ...section(`Frontier, on ${formatQuantity(samples, 'sample')}`, frontierLines(result)),
    '',
    textTable([
      ['Model', result.outputPath],
      ['Report', result.reportPath],
      ['Recipe', report.recipePath],
    ]),
    '',
  ].join('\n');
}

function frontierLines({ frontier, original, goal }: MixedPrecisionResult): string[] {
  const row = (name: string, size: number, ms: number | undefined, score: number, share: number): string[] => [
    name,
    formatBytes(size),
    ms === undefined ? '' : formatMs(ms),
    formatPercent(score),
    formatPercent(share),
  ];
  const rows = frontier.map((one) => row(nameOf(one), one.sizeBytes, one.latencyMs, one.score, one.floatMacShare));
  const head = ['', 'Size', 'Latency', SCORES[goal.measure], 'MACs in float'];
  return indented(
    textTable(
      [head, ...rows, row('original', original.sizeBytes, original.latencyMs, original.score, 1)],
      ['left', 'right', 'right', 'right', 'right'],
    ),
  );
}

const SCORES = { accuracy: 'Top-1', agreement: 'Same class', divergence: 'Likeness' } as const;

function nameOf({ float, perChannel, calibration }: MixedCandidate): string {
  const parts = [
    ...(float.length > 0 ? [`${float.length} float`] : []),
    ...(perChannel.length > 0 ? [`${perChannel.length} per channel`] : []),
  ];
  return `${parts.join(', ') || 'all int8'} (${calibration})`;
}

function names(layers: readonly string[]): string {
  if (layers.length === 0) return 'no layer';
  const more = layers.length - NAMED_LAYERS;
  return `${layers.slice(0, NAMED_LAYERS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
