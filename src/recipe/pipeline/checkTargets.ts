import type { CompareResult, RecipeTargets, TargetResult } from '../../protocol';
import { formatBytes, formatMs, formatPercent, formatRatio } from '../../util/format';

/** The figures that targets are held against, from the comparison of the result with the original. */
export type TargetFigures = Pick<CompareResult, 'before' | 'after' | 'data' | 'comparison' | 'latency'>;

const NO_LABELS = 'There is no accuracy to hold against it: the data has no labels, or there is none.';
const NO_CLASSES = 'There is no agreement to hold against it: the model has no output that looks like classes.';
const NO_DATA = 'There is no agreement to hold against it: the inputs are generated.';

/** Holds every target of a recipe against the figures, in the order of the schema. A figure that is missing misses. */
export function checkTargets(targets: RecipeTargets, figures: TargetFigures): TargetResult[] {
  const { before, after, comparison, latency } = figures;
  const { synthetic } = figures.data;
  const quality = synthetic ? undefined : qualityOf(figures);
  const sameClass = synthetic ? undefined : comparison.agreement?.value;
  const { accuracy, agreement, size, latency: speed } = targets;
  const share = (text: number): string => formatPercent(text);
  return [
    atLeast('accuracy.atLeast', accuracy?.atLeast, quality?.after, 'Accuracy', share, NO_LABELS),
    atMost(
      'accuracy.lossPointsAtMost',
      accuracy?.lossPointsAtMost,
      quality && (quality.before - quality.after) * 100,
      'Loss of accuracy',
      (points) => `${points.toFixed(2)} points`,
      NO_LABELS,
    ),
    atMost(
      'accuracy.lossPercentAtMost',
      accuracy?.lossPercentAtMost,
      quality && quality.before > 0 ? (1 - quality.after / quality.before) * 100 : undefined,
      "Loss of the original's accuracy",
      (percent) => `${percent.toFixed(2)} %`,
      NO_LABELS,
    ),
    atLeast('agreement.atLeast', agreement?.atLeast, sameClass, 'Agreement', share, synthetic ? NO_DATA : NO_CLASSES),
    atMost('size.bytesAtMost', size?.bytesAtMost, after.sizeBytes, 'Size', formatBytes),
    atMost(
      'size.ratioAtMost',
      size?.ratioAtMost,
      before.sizeBytes > 0 ? after.sizeBytes / before.sizeBytes : undefined,
      'Size against the original',
      formatRatio,
    ),
    atMost('latency.msAtMost', speed?.msAtMost, latency.afterMs.median, 'Latency', formatMs),
    atMost(
      'latency.ratioAtMost',
      speed?.ratioAtMost,
      1 / latency.speedup.median,
      'Latency against the original',
      formatRatio,
    ),
  ].flatMap((result) => (result === undefined ? [] : [result]));
}

/** Accuracy of both models, or the first metric that the dataset file asks for. */
function qualityOf({ comparison }: TargetFigures): { readonly before: number; readonly after: number } | undefined {
  const { accuracy, metrics = [] } = comparison;
  if (accuracy) return { before: accuracy.before.value, after: accuracy.after.value };
  const [metric] = metrics;
  return metric && { before: metric.before.figure.value, after: metric.after.figure.value };
}

/** Differences of shares are not exact in binary: 0.9 - 0.88 is a little more than two points. */
function slack(wanted: number): number {
  return Math.max(1, Math.abs(wanted)) * 1e-9;
}

function atLeast(...target: Target): TargetResult | undefined {
  return against('at least', (wanted, found) => found >= wanted - slack(wanted), ...target);
}

function atMost(...target: Target): TargetResult | undefined {
  return against('at most', (wanted, found) => found <= wanted + slack(wanted), ...target);
}

/** A target, what was found of it, how both are told, and what is said where nothing was found. */
type Target = [
  key: string,
  wanted: number | undefined,
  found: number | undefined,
  what: string,
  format: (value: number) => string,
  missing?: string,
];

function against(
  bound: string,
  isMet: (wanted: number, found: number) => boolean,
  ...[key, wanted, found, what, format, missing = '']: Target
): TargetResult | undefined {
  if (wanted === undefined) return undefined;
  if (found === undefined) return { key, wanted, isMet: false, message: missing };
  const message = `${what} is ${format(found)}; ${bound} ${format(wanted)} is wanted.`;
  return { key, wanted, found, isMet: isMet(wanted, found), message };
}
