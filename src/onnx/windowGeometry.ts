import { intAttribute, intsAttribute, stringAttribute } from './attributes';
import type { NodeProto } from './onnx_pb';

/** How a window moves over the spatial axes; every list has one entry an axis. */
export interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  readonly group: number;
}

/** Reads the geometry of Conv, MaxPool or AveragePool for an input of those spatial sizes, `auto_pad` resolved. */
export function windowGeometry(node: NodeProto, sizes: readonly number[], kernel: readonly number[]): Geometry {
  const { strides, dilations, group } = attributesOf(node, kernel);
  const given = intsAttribute(node, 'pads');
  const pads = sizes.map((size, i): [number, number] => {
    const [stride = 1, dilation = 1, extent = 1] = [strides[i], dilations[i], kernel[i]];
    const span = (extent - 1) * dilation + 1;
    return autoPads(node, (Math.ceil(size / stride) - 1) * stride + span - size) ?? givenPads(given, i, sizes.length);
  });
  return { kernel, strides, dilations, group, begins: pads.map(([begin]) => begin), ends: pads.map(([, end]) => end) };
}

/** The same for ConvTranspose, whose output has the spatial sizes `outputs`. */
export function transposedGeometry(
  node: NodeProto,
  sizes: readonly number[],
  outputs: readonly number[],
  kernel: readonly number[],
): Geometry {
  const { strides, dilations, group } = attributesOf(node, kernel);
  const given = intsAttribute(node, 'pads');
  const extra = intsAttribute(node, 'output_padding') ?? [];
  const isShapeGiven = intsAttribute(node, 'output_shape') !== undefined;
  const pads = sizes.map((size, i): [number, number] => {
    const [stride = 1, dilation = 1, extent = 1] = [strides[i], dilations[i], kernel[i]];
    const span = (extent - 1) * dilation + 1;
    const total = stride * (size - 1) + (extra[i] ?? 0) + span - (outputs[i] ?? size);
    const automatic = autoPads(node, total);
    if (automatic) return automatic;
    return isShapeGiven ? [Math.ceil(total / 2), Math.floor(total / 2)] : givenPads(given, i, sizes.length);
  });
  return { kernel, strides, dilations, group, begins: pads.map(([begin]) => begin), ends: pads.map(([, end]) => end) };
}

function attributesOf(node: NodeProto, kernel: readonly number[]): Pick<Geometry, 'strides' | 'dilations' | 'group'> {
  const ones = kernel.map(() => 1);
  return {
    strides: intsAttribute(node, 'strides') ?? ones,
    dilations: intsAttribute(node, 'dilations') ?? ones,
    group: intAttribute(node, 'group', 1),
  };
}

function givenPads(given: readonly number[] | undefined, axis: number, rank: number): [number, number] {
  return [given?.[axis] ?? 0, given?.[axis + rank] ?? 0];
}

/** Undefined unless the node has pads computed for it. */
function autoPads(node: NodeProto, needed: number): [number, number] | undefined {
  const total = Math.max(needed, 0);
  switch (stringAttribute(node, 'auto_pad', 'NOTSET')) {
    case 'SAME_UPPER':
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    case 'SAME_LOWER':
      return [Math.ceil(total / 2), Math.floor(total / 2)];
    case 'VALID':
      return [0, 0];
    default:
      return undefined;
  }
}

/** Attributes of a convolution of that geometry. */
export function convAttributes(geometry: Geometry): Record<string, number | readonly number[]> {
  return {
    kernel_shape: geometry.kernel,
    strides: geometry.strides,
    dilations: geometry.dilations,
    pads: [...geometry.begins, ...geometry.ends],
    group: geometry.group,
  };
}

/** All offsets of a kernel, the last axis fastest. */
export function kernelOffsets(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (offsets, extent) => offsets.flatMap((offset) => Array.from({ length: extent }, (_, i) => [...offset, i])),
    [[]],
  );
}
