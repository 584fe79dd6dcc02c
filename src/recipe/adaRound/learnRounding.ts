import type { Sample } from '../../data/dataset';
import { rowWindows, sampleRows, type SampledRows } from '../../evaluate/sampleRows';
import type { Model } from '../../onnx/model';
import { bytesOf, readFloats, readInts, setTensorBytes } from '../../onnx/tensor';
import type { TensorInfo } from '../../onnx/tensorValue';
import type { LayerRounding } from '../../protocol';
import type { QuantizeOutcome } from '../../quantize/outcome';
import type { ProgressCallback } from '../../util/progress';
import { PressError, throwIfCancelled } from '../../util/pressError';
import { fitRounding, type FitOptions, type LearnedRounding } from './fitRounding';
import { roundingLayers, type RoundingLayer } from './roundingLayers';

/** Of so many samples one is held out: what it gives decides and teaches nothing. */
const HELD_EVERY = 4;

/** What rounding is learned for. */
export interface RoundingInput {
  /** Normalised, as it was before it was quantized. */
  readonly float: Model;
  /** What static quantization made of it; its integer weights and biases are changed. */
  readonly quantized: Model;
  /** Of the float model. */
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly samples: readonly Sample[];
  /** The largest level of the weights of a layer. */
  readonly limitOf: (node: string) => number;
  /** Whether biases make up for the mean of what rounding leaves. */
  readonly correctsBias: boolean;
}

/**
 * Learns for the weights of each layer which are rounded up and which down, so that its outputs behind the activation
 * function come closest to those of the float model on samples without labels (AdaRound; Nagel et al., Up or Down?
 * Adaptive Rounding for Post-Training Quantization, 2020). Layers come in graph order, each with the inputs that the
 * layers quantized before it give; a layer that ends a residual block is fitted to the sum. What was learned is kept where
 * it lowers the error on samples that were not learned from. Scales stay as they are.
 * Throws `bad-dataset` where there is none to hold out.
 */
export async function learnRounding(
  input: RoundingInput,
  options: FitOptions & { readonly onProgress?: ProgressCallback },
): Promise<LayerRounding[]> {
  const layers = roundingLayers(input.float, input.quantized, input.types);
  const results: LayerRounding[] = [];
  if (input.samples.length < HELD_EVERY) throw tooFewSamples(input.samples.length);
  const common = { samples: input.samples, ...options };
  let done = 0;
  for (const window of rowWindows(layers)) {
    const wanted = await sampleRows({
      ...common,
      model: input.float,
      layers: window,
      targetOf: ({ floatTarget }) => floatTarget,
      withInputs: false,
    });
    for (const layer of window) {
      throwIfCancelled(options.signal);
      options.onProgress?.({ stage: 'round', done: done++, total: layers.length });
      const target = wanted.get(layer.index);
      const found = await sampleRows({
        ...common,
        model: input.quantized,
        layers: [layer],
        targetOf: (own) => own.target,
        withInputs: true,
      });
      const given = found.get(layer.index);
      if (!target || !given) continue;
      const result = await learnLayer(input, layer, { given, target }, options);
      if (result) results.push(result);
    }
  }
  return results;
}

function tooFewSamples(found: number): PressError {
  const message = `AdaRound learns from some samples and checks on others, so it needs at least ${HELD_EVERY}; calibration has ${found}. Give more samples, or round to nearest.`;
  return new PressError('bad-dataset', message, { found, needed: HELD_EVERY });
}

/** An outcome with the layers named whose rounding was learned. */
export function withRounding(outcome: QuantizeOutcome, rounding: readonly LayerRounding[]): QuantizeOutcome {
  const learned = new Set(rounding.flatMap(({ node, changedWeights }) => (changedWeights > 0 ? [node] : [])));
  const quantized = outcome.quantized.map((layer) =>
    learned.has(layer.node) ? { ...layer, scheme: `${layer.scheme}, AdaRound` } : layer,
  );
  return { ...outcome, quantized, rounding };
}

async function learnLayer(
  { float, quantized, limitOf, correctsBias }: RoundingInput,
  layer: RoundingLayer,
  { given, target }: { readonly given: SampledRows; readonly target: SampledRows },
  options: FitOptions,
): Promise<LayerRounding | undefined> {
  const { shape, node } = layer;
  const { groups, outputs, depth } = shape;
  const values = readFloats(float, layer.weight);
  const stored = Int8Array.from(readInts(quantized, layer.stored));
  const scales = readFloats(quantized, layer.scale);
  const limit = limitOf(node.name);
  const size = groups * depth * outputs;
  const arrays = { nearest: size, floor: size, ceil: size, share: size, scale: size };
  const parts = Object.fromEntries(
    Object.entries(arrays).map(([name, count]) => [name, new Float32Array(count)]),
  ) as Record<keyof typeof arrays, Float32Array>; // the keys are those of `arrays`
  const places = new Int32Array(size);
  for (let channel = 0; channel < groups * outputs; channel++) {
    const scale = scales[scales.length === 1 ? 0 : channel] as number; // one or one a channel
    for (let i = 0; i < depth; i++) {
      const from = shape.weightAt(channel, i);
      const to = (Math.floor(channel / outputs) * depth + i) * outputs + (channel % outputs);
      const scaled = (values[from] as number) / scale;
      const clamp = (level: number): number => Math.min(limit, Math.max(-limit, level));
      const level = stored[from] as number;
      const lower = Math.floor(scaled);
      const isOdd = !Number.isFinite(scaled);
      places[to] = from;
      parts.nearest[to] = level;
      parts.floor[to] = isOdd ? level : clamp(lower);
      parts.ceil[to] = isOdd ? level : clamp(lower + 1);
      parts.share[to] = isOdd ? 0 : scaled - lower;
      parts.scale[to] = scale;
    }
  }
  const learned = await fitRounding(
    {
      shape: { groups, outputs, depth },
      bounds: layer.bounds,
      ...parts,
      rowCount: Math.min(given.count, target.count),
      inputs: given.inputs,
      given: given.targets,
      wanted: target.targets,
      held: given.sampleNumbers.map((sample) => (sample % HELD_EVERY === HELD_EVERY - 1 ? 1 : 0)),
    },
    options,
  );
  if (!learned) return undefined;
  const { errors } = learned;
  const shifts = correctsBias && layer.bias !== undefined && errors.shifted < errors.learned;
  const error = shifts ? errors.shifted : errors.learned;
  const weights = values.length;
  const unchanged = {
    node: node.name,
    weights,
    changedWeights: 0,
    nearestError: errors.nearest,
    error: errors.nearest,
  };
  if (!(error < errors.nearest)) return unchanged;
  let changedWeights = 0;
  learned.levels.forEach((level, i) => {
    const place = places[i] as number; // one a weight
    if (stored[place] === level) return;
    stored[place] = level;
    changedWeights++;
  });
  setTensorBytes(quantized, layer.stored, bytesOf(stored));
  if (shifts) shiftBias(quantized, layer, learned);
  return { ...unchanged, changedWeights, error };
}

function shiftBias(quantized: Model, { bias }: RoundingLayer, { shift }: LearnedRounding): void {
  if (!bias) return;
  const scales = readFloats(quantized, bias.scale);
  const levels = Int32Array.from(readInts(quantized, bias.stored), (level, c) => {
    const scale = scales[scales.length === 1 ? 0 : c] as number; // one or one a channel
    return Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.round(level + (shift[c] ?? 0) / scale)));
  });
  setTensorBytes(quantized, bias.stored, bytesOf(levels));
}
