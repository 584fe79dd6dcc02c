import { findAttribute, intsAttribute, stringAttribute } from './attributes';
import type { NodeProto } from './onnx_pb';
import type { TensorInfo } from './tensorValue';

/** What the shift of one layer's outputs is computed from. */
export interface MeanShiftInput {
  readonly node: NodeProto;
  readonly dims: readonly number[];
  /** Axis of the output channels. */
  readonly axis: 0 | 1;
  /** What an element of the weight lost: its old value minus its new one, by flat index and output channel. */
  readonly error: (index: number, channel: number) => number;
  /** Mean of each input channel. */
  readonly inputMeans: Float64Array;
  readonly inputInfo: TensorInfo | undefined;
  readonly outputInfo: TensorInfo | undefined;
}

/**
 * What to add to the bias of a Conv, Gemm or MatMul so that a change of its weights does not shift the mean of its
 * outputs: the weight error times the mean input, channel by channel, the zero padding at the borders accounted for
 * (Nagel et al., Data-Free Quantization through Weight Equalization and Bias Correction, 2019).
 */
export function meanShift(input: MeanShiftInput): Float64Array {
  const { dims, axis, error, inputMeans } = input;
  const channels = dims[axis] ?? 0;
  const correction = new Float64Array(channels);
  if (input.node.opType !== 'Conv') {
    const depth = dims.reduce((product, dim) => product * dim, 1) / Math.max(channels, 1);
    for (let k = 0; k < depth; k++) {
      const mean = inputMeans[k] ?? 0;
      for (let c = 0; c < channels; c++)
        add(correction, c, error(axis === 1 ? k * channels + c : c * depth + k, c) * mean);
    }
    return correction;
  }
  const [, perGroup = 1, ...kernel] = dims;
  const kernelSize = kernel.reduce((product, dim) => product * dim, 1);
  const groups = Math.max(1, Math.round(inputMeans.length / perGroup));
  const perOutputGroup = channels / groups;
  const coverage = kernelCoverage(input, kernel);
  for (let c = 0; c < channels; c++) {
    const firstInput = Math.floor(c / perOutputGroup) * perGroup;
    for (let i = 0; i < perGroup; i++) {
      const mean = inputMeans[firstInput + i] ?? 0;
      const start = (c * perGroup + i) * kernelSize;
      for (let k = 0; k < kernelSize; k++) add(correction, c, error(start + k, c) * mean * (coverage[k] as number));
    }
  }
  return correction;
}

/** For each kernel position the share of output positions at which it lies inside the input, not in the padding. */
function kernelCoverage(input: MeanShiftInput, kernel: readonly number[]): Float64Array {
  const { node } = input;
  const rank = kernel.length;
  const pads = intsAttribute(node, 'pads') ?? new Array<number>(2 * rank).fill(0);
  const strides = intsAttribute(node, 'strides') ?? new Array<number>(rank).fill(1);
  const dilations = intsAttribute(node, 'dilations') ?? new Array<number>(rank).fill(1);
  const isExplicit = !findAttribute(node, 'auto_pad') || stringAttribute(node, 'auto_pad', '') === 'NOTSET';
  const perAxis = kernel.map((size, axis) => {
    const inputSize = input.inputInfo?.dims[axis + 2];
    const outputSize = input.outputInfo?.dims[axis + 2];
    const shares = new Float64Array(size).fill(1);
    if (!isExplicit || typeof inputSize !== 'number' || typeof outputSize !== 'number' || outputSize === 0)
      return shares;
    return shares.map((_, k) => {
      let inside = 0;
      for (let o = 0; o < outputSize; o++) {
        const position = o * (strides[axis] ?? 1) + k * (dilations[axis] ?? 1) - (pads[axis] ?? 0);
        if (position >= 0 && position < inputSize) inside++;
      }
      return inside / outputSize;
    });
  });
  return perAxis.reduce(
    (product, shares) =>
      Float64Array.from({ length: product.length * shares.length }, (_, i) => {
        return (product[Math.floor(i / shares.length)] as number) * (shares[i % shares.length] as number);
      }),
    Float64Array.of(1),
  );
}

function add(array: Float64Array, index: number, value: number): void {
  array[index] = (array[index] as number) + value;
}
