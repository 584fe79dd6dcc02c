import type { TensorValue } from '../onnx/tensorValue';
import { riskyPairs, saturates, type RiskyPair } from '../quantize/saturationCount';
import type { Random } from '../util/random';
import type { ConvolutionWindow, IntegerLayer } from './portabilityLayers';

/** Counts saturated sums of one layer, sample by sample. */
export interface LayerCounter {
  readonly layer: IntegerLayer;
  readonly risky: readonly RiskyPair[];
  sums: number;
  saturated: number;
  positions: number;
}

/** Creates a counter; pairs are those of both layouts that kernels use, channels innermost and kernel innermost. */
export function createLayerCounter(layer: IntegerLayer): LayerCounter {
  const { dims, weights, window, transposed } = layer;
  const [rows = 0, columns = 0] = dims;
  if (window) {
    const inputs = columns;
    const terms = weights.length / Math.max(rows, 1);
    const kernel = terms / Math.max(inputs, 1);
    const kernelInnermost = Int32Array.from({ length: terms }, (_, k) => k);
    const channelsInnermost = kernelInnermost.map((k) => (k % inputs) * kernel + Math.floor(k / inputs));
    const risky = riskyPairs(rows, [channelsInnermost, kernelInnermost], (c, k) => weights[c * terms + k] ?? 0);
    return { layer, risky, sums: 0, saturated: 0, positions: 0 };
  }
  const [terms, channels] = transposed ? [columns, rows] : [rows, columns];
  const order = Int32Array.from({ length: terms }, (_, k) => k);
  const risky = riskyPairs(channels, [order], (c, k) => weights[transposed ? c * terms + k : k * channels + c] ?? 0);
  return { layer, risky, sums: 0, saturated: 0, positions: 0 };
}

/** Adds up to `count` positions of the output for one sample; every channel is looked at. */
export function countSums(counter: LayerCounter, value: TensorValue, count: number, random: Random): void {
  const { layer, risky } = counter;
  // Kernels for x86 shift signed activations to unsigned ones.
  const shift = value.type === 'int8' ? 128 : 0;
  const data = value.data as Uint8Array | Int8Array; // by the type of the tensor
  const { read, total } = layer.window
    ? windowReader(layer, layer.window, value.dims, data)
    : rowReader(value.dims, data);
  for (let i = 0; i < Math.min(count, total); i++) {
    const at = read(total <= count ? i : Math.floor(random.next() * total));
    counter.positions++;
    for (const { channel, first, second, weights } of risky) {
      counter.sums++;
      if (saturates(weights, at(channel, first) + shift, at(channel, second) + shift)) counter.saturated++;
    }
  }
}

/** Reads the activation that a channel's term is multiplied with, at one position of the output. */
type PositionReader = (channel: number, term: number) => number;

interface Reader {
  read(position: number): PositionReader;
  readonly total: number;
}

function rowReader(dims: readonly number[], data: ArrayLike<number>): Reader {
  const terms = dims.at(-1) ?? 1;
  return {
    total: Math.floor(data.length / Math.max(terms, 1)),
    read: (row) => (_, term) => data[row * terms + term] ?? 0,
  };
}

function windowReader(
  { dims, zeroPoint }: IntegerLayer,
  window: ConvolutionWindow,
  inputDims: readonly number[],
  data: ArrayLike<number>,
): Reader {
  const [batch = 1, inputChannels = 1, ...size] = inputDims;
  const [channels = 1, perGroup = 1, ...kernel] = dims;
  const plane = size.reduce((product, dim) => product * dim, 1);
  const kernelSize = kernel.reduce((product, dim) => product * dim, 1);
  const axes = size.map((length, axis) => axisOf(window, axis, length, kernel[axis] ?? 1));
  const outputs = axes.reduce((product, { output }) => product * output, 1);
  const channelsPerGroup = channels / window.groups;
  return {
    total: batch * outputs,
    read: (position) => {
      const sample = Math.floor(position / outputs);
      const origin = coordinates(
        position % outputs,
        axes.map(({ output }) => output),
      ).map((at, axis) => at * (axes[axis]?.stride ?? 1) - (axes[axis]?.before ?? 0));
      return (channel, term) => {
        const input = Math.floor(channel / channelsPerGroup) * perGroup + Math.floor(term / kernelSize);
        let offset = 0;
        const steps = coordinates(term % kernelSize, kernel);
        for (let axis = 0; axis < size.length; axis++) {
          const at = (origin[axis] ?? 0) + (steps[axis] ?? 0) * (window.dilations[axis] ?? 1);
          const length = size[axis] ?? 1;
          if (at < 0 || at >= length) return zeroPoint;
          offset = offset * length + at;
        }
        return data[(sample * inputChannels + input) * plane + offset] ?? 0;
      };
    },
  };
}

/** How many positions there are along an axis, and how much padding lies before the first. */
function axisOf(
  { strides, dilations, pads, autoPad }: ConvolutionWindow,
  axis: number,
  size: number,
  kernel: number,
): { output: number; stride: number; before: number } {
  const stride = strides[axis] ?? 1;
  const span = (kernel - 1) * (dilations[axis] ?? 1) + 1;
  if (autoPad.startsWith('SAME')) {
    const output = Math.ceil(size / stride);
    const padding = Math.max(0, (output - 1) * stride + span - size);
    return { output, stride, before: autoPad === 'SAME_UPPER' ? padding >> 1 : padding - (padding >> 1) };
  }
  const isValid = autoPad === 'VALID';
  const before = isValid ? 0 : (pads[axis] ?? 0);
  const after = isValid ? 0 : (pads[axis + pads.length / 2] ?? 0);
  return { output: Math.max(0, Math.floor((size + before + after - span) / stride) + 1), stride, before };
}

function coordinates(index: number, dims: readonly number[]): number[] {
  const result = new Array<number>(dims.length).fill(0);
  let rest = index;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const length = dims[axis] ?? 1;
    result[axis] = rest % length;
    rest = Math.floor(rest / length);
  }
  return result;
}
