import type { QuantizeSettings } from '../protocol';
import type { Sample } from '../data/dataset';
import { indexGraph, opsetOf } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import type { NodeProto } from '../onnx/onnx_pb';
import { dimsOf, readFloats } from '../onnx/tensor';
import type { TensorInfo } from '../onnx/tensorValue';
import { throwIfCancelled } from '../util/pressError';
import {
  ACTIVATION_TYPES,
  activationParameters,
  type ActivationParameters,
  type ActivationType,
} from './activationParameters';
import { biasCorrection } from './biasCorrection';
import { calibrate, type CalibrationOptions } from './calibrate';
import { createExclusion, type Exclusion } from '../onnx/exclude';
import type { ObserverOptions, TensorStatistics } from './observer';
import { emptyOutcome, type QuantizeOutcome } from './outcome';
import { floatNeighbours } from './floatNeighbours';
import { placeQuantization, type CoreLayer, type Placement, type TensorRole } from './placement';
import { QdqWriter } from './qdqWriter';
import { chooseRange, type Range } from './ranges';
import { saturationFreeScales } from './saturation';
import { quantizeWeightInt8, type WeightInt8 } from './weightQuantization';

/** The calibration method that measures best over the models it was tried on; see bench/quantize. */
export const DEFAULT_CALIBRATION = 'mse';
/** Largest magnitude of an int32 bias: half the range, so that the accumulator keeps room for the products. */
const LARGEST_BIAS = 2 ** 30;

/** What static quantization works on. */
export interface StaticInput {
  /** The normalised model; it is changed in place. */
  readonly model: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly samples: AsyncIterable<Sample>;
  readonly settings: QuantizeSettings;
  /** What an earlier calibration saw of the same model; samples are not read then. */
  readonly statistics?: ReadonlyMap<string, TensorStatistics>;
  /** What is left out instead of what the settings say. */
  readonly exclusion?: Exclusion;
}

/** Quantizes activations and weights to int8 for ONNX Runtime's CPU kernels, with ranges from calibration data. */
export async function quantizeStatic(input: StaticInput, options: CalibrationOptions = {}): Promise<QuantizeOutcome> {
  const { model, types, settings } = input;
  const index = indexGraph(model);
  const exclusion = input.exclusion ?? createExclusion(settings.exclude);
  const placement = placeQuantization({ model, index, types, exclusion });
  const outcome = emptyOutcome();
  outcome.kept.push(...placement.kept);
  if (placement.layers.length === 0) return outcome;
  const statistics =
    input.statistics ?? (await calibrate(model, types, observersFor(placement, settings), input.samples, options));
  outcome.observed = statistics;
  const type = settings.activationType ?? 'uint8';
  const parameters = activationTable(placement, statistics, settings, type);
  const writer = new QdqWriter(model, opsetOf(model));
  for (const [name, { range, parameters: chosen }] of parameters) {
    writer.activation(name, chosen);
    outcome.ranges.push({
      tensor: name,
      min: range.low,
      max: range.high,
      scale: chosen.scale,
      zeroPoint: chosen.zeroPoint,
      dataType: type,
    });
  }
  for (const layer of placement.layers) {
    throwIfCancelled(options.signal);
    const inputScale = (parameters.get(layer.input) as Chosen).parameters.scale; // every layer's input is quantized
    writeLayer(input, writer, layer, inputScale, statistics.get(layer.input));
    const { perChannel, reduceRange, weightBits } = settingsFor(settings, layer.node.name);
    const narrow = weightBits === 4 ? ' (4-bit weights)' : reduceRange ? ' (7-bit weights)' : '';
    const bits = `static int8${narrow}`;
    const scheme = `${bits} ${perChannel === false ? 'per-tensor' : 'per-channel'}, ${type} activations`;
    outcome.quantized.push({ node: layer.node.name, opType: layer.node.opType, scheme });
  }
  for (const node of placement.followers) {
    writeConstants(writer, node, index.constants, model, type);
    outcome.quantized.push({ node: node.name, opType: node.opType, scheme: `${type} activations` });
  }
  for (const { node, axis, channels } of floatNeighbours(placement, index)) writer.guard(node, axis, channels);
  outcome.mapping.push(...writer.apply());
  // The output of a follower may be quantized behind an absorbed Relu; the node itself is an integer kernel all the same.
  const mapped = new Set(outcome.mapping.map(({ source }) => source));
  for (const { name } of placement.followers)
    if (!mapped.has(name)) outcome.mapping.push({ source: name, targets: [name] });
  return outcome;
}

/** The settings with what holds for one layer. */
export function settingsFor(settings: QuantizeSettings, node: string): QuantizeSettings {
  const own = settings.layers;
  return own && Object.hasOwn(own, node) ? { ...settings, ...own[node] } : settings;
}

interface Chosen {
  readonly range: Range;
  readonly parameters: ActivationParameters;
}

/** What has to be observed of which tensors to choose their ranges and to correct biases. */
export function observersFor(placement: Placement, settings: QuantizeSettings): Map<string, ObserverOptions> {
  const method = settings.calibration ?? DEFAULT_CALIBRATION;
  const histogram = method !== 'minmax' && method !== 'moving-average';
  const observers = new Map<string, ObserverOptions>();
  for (const [name, role] of placement.tensors) if (role.kind === 'calibrated') observers.set(name, { histogram });
  if (settings.biasCorrection !== false) {
    for (const layer of placement.layers)
      observers.set(layer.input, { ...observers.get(layer.input), meanAxis: layer.inputAxis });
  }
  return observers;
}

function activationTable(
  placement: Placement,
  statistics: ReadonlyMap<string, TensorStatistics>,
  settings: QuantizeSettings,
  type: ActivationType,
): Map<string, Chosen> {
  const { min, max } = ACTIVATION_TYPES[type];
  const table = new Map<string, Chosen>();
  const resolve = (name: string, role: TensorRole): Chosen => {
    const known = table.get(name);
    if (known) return known;
    let range: Range;
    if (role.kind === 'same') return resolve(role.as, placement.tensors.get(role.as) ?? { kind: 'calibrated' });
    else if (role.kind === 'fixed') range = role;
    else {
      const observed = statistics.get(name);
      range = observed
        ? chooseRange(observed, settings.calibration ?? DEFAULT_CALIBRATION, max - min + 1)
        : { low: 0, high: 0 };
      if (role.clip) range = { low: Math.max(range.low, role.clip.low), high: Math.min(range.high, role.clip.high) };
    }
    return { range, parameters: activationParameters(range, type) };
  };
  for (const [name, role] of placement.tensors) table.set(name, resolve(name, role));
  return table;
}

function writeLayer(
  input: StaticInput,
  writer: QdqWriter,
  layer: CoreLayer,
  inputScale: number,
  statistics: TensorStatistics | undefined,
): void {
  const { model, types } = input;
  const { node } = layer;
  const settings = settingsFor(input.settings, node.name);
  const dims = dimsOf(layer.weight);
  const axis = layer.weightAxis as 0 | 1; // Conv 0, matrices 0 or 1
  const channels = dims[axis] ?? 1;
  const values = readFloats(model, layer.weight);
  const perChannel = settings.perChannel !== false;
  const bias = layer.bias ? Float64Array.from(readFloats(model, layer.bias)) : undefined;
  // int8 activations saturate as uint8 ones do, which is what ONNX Runtime makes of them on x86.
  const canSaturate = settings.weightBits !== 4 && !settings.reduceRange && !settings.activationType?.endsWith('16');
  const floors = canSaturate ? saturationFreeScales(values, dims, axis) : new Float64Array(channels);
  if (bias)
    for (let c = 0; c < channels; c++)
      floors[c] = Math.max(floors[c] ?? 0, Math.abs(bias[c] ?? 0) / (inputScale * LARGEST_BIAS));
  const quantized = quantizeWeightInt8(values, dims, {
    axis: perChannel ? axis : null,
    reduceRange: settings.reduceRange ?? false,
    bits: settings.weightBits ?? 8,
    minimumScale: perChannel ? floors : [floors.reduce((a, b) => Math.max(a, b), 0)],
  });
  writer.weight(node, 1, layer.weight.name, dims, quantized, axis);
  if (node.opType === 'MatMul') return;
  const corrected = correctedBias(layer, { bias, values, dims, axis, quantized, types, settings, statistics });
  if (!corrected) return;
  const scales = Float32Array.from({ length: channels }, (_, c) => inputScale * scaleOf(quantized, c));
  const rounded = Int32Array.from(corrected, (value, c) => clampInt32(value / (scales[c] as number)));
  writer.bias(node, layer.bias?.name ?? `${node.name}_bias`, rounded, perChannel ? scales : scales.slice(0, 1));
}

function correctedBias(
  layer: CoreLayer,
  details: {
    bias: Float64Array | undefined;
    values: Float32Array;
    dims: readonly number[];
    axis: 0 | 1;
    quantized: WeightInt8;
    types: ReadonlyMap<string, TensorInfo>;
    settings: QuantizeSettings;
    statistics: TensorStatistics | undefined;
  },
): Float64Array | undefined {
  const means = details.statistics?.channelMeans;
  if (details.settings.biasCorrection === false || !means) return details.bias;
  const correction = biasCorrection({
    node: layer.node,
    weights: details.values,
    dims: details.dims,
    axis: details.axis,
    quantized: details.quantized,
    inputMeans: means,
    inputInfo: details.types.get(layer.input),
    outputInfo: details.types.get(layer.node.output[0] ?? ''),
  });
  return details.bias ? details.bias.map((value, c) => value + (correction[c] ?? 0)) : correction;
}

function writeConstants(
  writer: QdqWriter,
  node: NodeProto,
  constants: ReadonlyMap<string, Parameters<QdqWriter['constant']>[2]>,
  model: Model,
  type: ActivationType,
): void {
  if (!['Add', 'Mul', 'Concat'].includes(node.opType)) return;
  node.input.forEach((name, position) => {
    const tensor = constants.get(name);
    if (!tensor) return;
    const values = readFloats(model, tensor);
    const low = values.reduce((a, b) => Math.min(a, b), 0);
    const high = values.reduce((a, b) => Math.max(a, b), 0);
    writer.constant(node, position, tensor, activationParameters({ low, high }, type));
  });
}

function scaleOf(weight: WeightInt8, channel: number): number {
  return weight.scales[weight.scales.length === 1 ? 0 : channel] as number;
}

function clampInt32(value: number): number {
  return Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.round(value)));
}
