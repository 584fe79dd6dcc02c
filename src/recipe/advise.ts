import type { Advice, FusionResult, LatencyReport, PairComparison, QuantizeMode, QuantizeSettings } from '../protocol';
import { formatPercent } from '../util/format';

/** A loss that a person should look at, in percentage points. */
const NOTABLE_LOSS_POINTS = 1;
/** Agreement below this without labels means that many answers changed. */
const NOTABLE_AGREEMENT = 0.97;
/** Accuracy of the original below this many times that of guessing suggests that preprocessing differs from training. */
const SUSPICIOUS_ACCURACY_FACTOR = 2;
/** Layers in float between integer kernels that are worth a word. */
const NOTABLE_ISLANDS = 1;
/** A loss of the distillation this many times its smallest so far, or rising in this share of steps by a tenth. */
const DIVERGED_FACTOR = 1.5;
const RISING_SHARE = 0.4;
const NOTABLE_RISE = 1.1;
const FEWEST_LOSSES = 5;

/** What is known about a model that was made smaller. */
export interface CompressionFigures {
  readonly comparison: PairComparison;
  readonly latency?: LatencyReport | undefined;
  /** How it was quantized, where that is known. */
  readonly settings?: QuantizeSettings | undefined;
  /** True on generated inputs, which say nothing about accuracy. */
  readonly uncalibrated: boolean;
}

/** What the figures of a quantization, or of a comparison, tell a person to do. */
export function adviseOnCompression(figures: CompressionFigures): Advice[] {
  const { comparison, latency, settings, uncalibrated } = figures;
  return [
    ...(uncalibrated ? [] : [...onLoss(comparison, settings?.mode), ...onBaseline(comparison)]),
    ...(latency ? onLatency(latency, settings?.mode) : []),
  ];
}

/** What a fusion check, and a check for other processors, tell a person to do. */
export function adviseOnFusion({
  quantized,
  nodes,
  conversions,
  portability,
}: Pick<FusionResult, 'quantized' | 'nodes' | 'conversions' | 'portability'>): Advice[] {
  const advice: Advice[] = [];
  const islands = nodes.filter(({ action }) => action?.kind === 'exclude').map(({ node }) => node);
  if (quantized && islands.length >= NOTABLE_ISLANDS) {
    advice.push({
      code: 'float-islands',
      message: `${islands.length} quantized layers run in float, with ${conversions} conversions in the whole graph. Leave them out of quantization.`,
      figures: { layers: islands.length, conversions },
      actions: [{ kind: 'exclude', nodes: islands }],
    });
  }
  if (portability?.action) {
    const layers = portability.layers.filter(({ verdict }) => verdict === 'saturates').length;
    const saturated = portability.layers.reduce((sum, layer) => sum + layer.saturated, 0);
    advice.push({
      code: 'saturates',
      message: portability.verdict.message,
      figures: { layers, saturated },
      actions: [portability.action],
    });
  }
  return advice;
}

/** How a pruned model fared: accuracies in 0..1. */
export interface PruningFigures {
  readonly before: number;
  /** Right after pruning, and after training again. */
  readonly pruned: number;
  readonly recovered: number;
  readonly epochs: number;
  /** The share of weights or channels that was removed in one step. */
  readonly amount: number;
}

/** What a pruned model that does not recover tells a person to do. */
export function adviseOnPruning({ before, pruned, recovered, epochs, amount }: PruningFigures): Advice[] {
  const missing = (before - recovered) * 100;
  if (missing < NOTABLE_LOSS_POINTS) return [];
  return [
    {
      code: 'not-recovered',
      message: `${missing.toFixed(2)} points are still missing after ${epochs} epochs, out of ${((before - pruned) * 100).toFixed(2)} that pruning ${formatPercent(amount)} cost. Prune in smaller steps, or train longer.`,
      figures: { missingPoints: missing, lostPoints: (before - pruned) * 100, epochs, amount },
      actions: [
        { kind: 'run', command: 'prune' },
        { kind: 'run', command: 'train' },
      ],
    },
  ];
}

/** How a distillation went. */
export interface DistillationFigures {
  /** Loss step by step, or epoch by epoch. */
  readonly losses: readonly number[];
  readonly temperature: number;
  /** Weight of the labels against the teacher, 0..1. */
  readonly labelWeight: number;
}

/** What an unstable distillation tells a person to do. */
export function adviseOnDistillation({ losses, temperature, labelWeight }: DistillationFigures): Advice[] {
  const lost = losses.filter((loss) => !Number.isFinite(loss)).length;
  const least = losses.reduce((a, b) => Math.min(a, b), Infinity);
  const last = losses.at(-1) ?? 0;
  const rises = losses.filter((loss, i) => i > 0 && loss > NOTABLE_RISE * (losses[i - 1] ?? Infinity)).length;
  const risingShare = losses.length > 1 ? rises / (losses.length - 1) : 0;
  const isUnstable =
    lost > 0 || (losses.length >= FEWEST_LOSSES && (last > DIVERGED_FACTOR * least || risingShare >= RISING_SHARE));
  if (!isUnstable) return [];
  const what =
    lost > 0
      ? `The loss was no number in ${lost} of ${losses.length} steps.`
      : `The loss ended at ${last.toPrecision(3)} after ${least.toPrecision(3)} and rose by a tenth in ${formatPercent(risingShare)} of the steps.`;
  return [
    {
      code: 'unstable-distillation',
      message: `${what} Raise the temperature (now ${temperature}), give the labels more weight (now ${labelWeight}), or lower the learning rate.`,
      figures: { lost, risingShare, temperature, labelWeight },
      actions: [{ kind: 'run', command: 'train' }],
    },
  ];
}

function onLoss({ accuracy, agreement }: PairComparison, mode: QuantizeMode | undefined): Advice[] {
  const isStatic = mode === 'static';
  const actions: Advice['actions'] = [
    { kind: 'run', command: 'mixed' },
    { kind: 'run', command: 'sensitivity' },
    ...(isStatic ? [{ kind: 'settings' as const, settings: { calibration: 'entropy' as const } }] : []),
  ];
  if (accuracy && accuracy.changePoints <= -NOTABLE_LOSS_POINTS) {
    const what =
      mode === undefined
        ? 'Find the layers that cost it with sensitivity, and keep those in float with mixed.'
        : isStatic
          ? 'Try more calibration samples, another calibration method, or mixed precision, which keeps the sensitive layers in float.'
          : 'Try excluding sensitive layers, or another mode.';
    return [
      {
        code: 'accuracy-loss',
        message: `Accuracy fell by ${(-accuracy.changePoints).toFixed(2)} points. ${what}`,
        figures: { lostPoints: -accuracy.changePoints },
        actions: isStatic || mode === undefined ? actions : [{ kind: 'run', command: 'quantize' }],
      },
    ];
  }
  if (accuracy || !agreement || agreement.value >= NOTABLE_AGREEMENT) return [];
  return [
    {
      code: 'low-agreement',
      message: `Only ${(agreement.value * 100).toFixed(1)} % of the answers are the same as before. Measure with labelled data before you use this model.`,
      figures: { agreement: agreement.value },
      actions: [{ kind: 'run', command: 'compare' }, ...(isStatic ? actions : [])],
    },
  ];
}

function onBaseline({ accuracy }: PairComparison): Advice[] {
  // The accuracy of guessing; the class count is not known here, so ten classes are assumed at most.
  const guessing = accuracy?.top5Before ? 0.05 : 0.1;
  if (!accuracy || accuracy.before.value >= SUSPICIOUS_ACCURACY_FACTOR * guessing) return [];
  return [
    {
      code: 'low-baseline',
      message: `The original itself is right on only ${(accuracy.before.value * 100).toFixed(1)} % of the samples. Check the preprocessing and the labels of the data.`,
      figures: { accuracy: accuracy.before.value },
      actions: [],
    },
  ];
}

function onLatency({ speedup }: LatencyReport, mode: QuantizeMode | undefined): Advice[] {
  if (speedup.high >= 1 || mode === 'fp16') return [];
  return [
    {
      code: 'slower',
      message: `On this machine the ${mode === undefined ? 'second' : 'quantized'} model is slower (${speedup.median.toFixed(2)}x). See with fusion which layers run in float, keep the original where speed matters, or try another mode.`,
      figures: { speedup: speedup.median, high: speedup.high },
      actions: [
        { kind: 'run', command: 'fusion' },
        { kind: 'run', command: 'quantize' },
      ],
    },
  ];
}
