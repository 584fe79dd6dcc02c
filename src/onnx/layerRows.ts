import { intAttribute } from './attributes';
import type { NodeProto } from './onnx_pb';
import type { TensorValue } from './tensorValue';
import { kernelOffsets, windowGeometry } from './windowGeometry';

/** A Conv, Gemm or MatMul as a matrix product: how its weight and its inputs are laid out. */
export interface LayerShape {
  readonly groups: number;
  /** Outputs of one group. */
  readonly outputs: number;
  /** Inputs that one output of a group is a sum of. */
  readonly depth: number;
  /** Position in the weight of an input of an output, counted over all groups. */
  readonly weightAt: (output: number, input: number) => number;
}

/** The layout of a layer whose weight has those dimensions; undefined where it is no matrix product. */
export function layerShape(node: NodeProto, dims: readonly number[]): LayerShape | undefined {
  const [first = 1, second = 1, ...kernel] = dims;
  if (node.opType === 'Conv') {
    const groups = intAttribute(node, 'group', 1);
    const depth = kernel.reduce((product, extent) => product * extent, second);
    return { groups, outputs: first / groups, depth, weightAt: (output, input) => output * depth + input };
  }
  if (dims.length !== 2 || intAttribute(node, 'transA', 0) === 1) return undefined;
  return intAttribute(node, 'transB', 0) === 1
    ? { groups: 1, outputs: first, depth: second, weightAt: (output, input) => output * second + input }
    : { groups: 1, outputs: second, depth: first, weightAt: (output, input) => input * second + output };
}

/**
 * Copies what one position of the output is computed from: the inputs under the kernel for a Conv, those of all groups one
 * after the other, and a row for Gemm and MatMul. `position` counts samples and places of the output, without channels;
 * `outputDims` are those of the layer's output.
 */
export function createRowReader(
  node: NodeProto,
  weightDims: readonly number[],
  outputDims: readonly number[],
): (input: TensorValue, position: number, into: Float32Array, at: number) => void {
  if (node.opType !== 'Conv') {
    return ({ data, dims }, position, into, at) => {
      const depth = dims.at(-1) ?? 1;
      into.set((data as Float32Array).subarray(position * depth, (position + 1) * depth), at);
    };
  }
  const kernel = weightDims.slice(2);
  const offsets = kernelOffsets(kernel);
  const outputSizes = outputDims.slice(2);
  const places = outputSizes.reduce((product, size) => product * size, 1);
  return ({ data, dims }, position, into, at) => {
    const [, channels = 1, ...sizes] = dims;
    const { strides, dilations, begins } = windowGeometry(node, sizes, kernel);
    const area = sizes.reduce((product, size) => product * size, 1);
    const sources = offsets.map((offset) => {
      let place = position % places;
      let [flat, scale] = [0, 1];
      for (let axis = sizes.length - 1; axis >= 0; axis--) {
        const [size, outputSize] = [sizes[axis] ?? 1, outputSizes[axis] ?? 1];
        const from = (place % outputSize) * (strides[axis] ?? 1) + (offset[axis] ?? 0) * (dilations[axis] ?? 1);
        place = Math.floor(place / outputSize);
        const source = from - (begins[axis] ?? 0);
        if (source < 0 || source >= size) return -1;
        flat += source * scale;
        scale *= size;
      }
      return flat;
    });
    const start = Math.floor(position / places) * channels * area;
    const values = data as Float32Array;
    let to = at;
    for (let c = 0; c < channels; c++)
      for (const source of sources) into[to++] = source < 0 ? 0 : (values[start + c * area + source] as number);
  };
}

/** Copies the channels of one position of an output, which `createRowReader` counts the same way. */
export function readChannels(
  { data, dims }: TensorValue,
  axis: 1 | -1,
  position: number,
  into: Float32Array,
  at: number,
): void {
  const values = data as Float32Array;
  if (axis === -1) {
    const channels = dims.at(-1) ?? 1;
    into.set(values.subarray(position * channels, (position + 1) * channels), at);
    return;
  }
  const [, channels = 1, ...sizes] = dims;
  const area = sizes.reduce((product, size) => product * size, 1);
  const start = Math.floor(position / area) * channels * area + (position % area);
  for (let c = 0; c < channels; c++) into[at + c] = values[start + c * area] as number;
}
