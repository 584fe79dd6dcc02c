import { intAttribute, intsAttribute, removeAttribute, setAttribute } from '../../onnx/attributes';
import { isStandard, type GraphIndex } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import type { NodeProto } from '../../onnx/onnx_pb';
import { readInts } from '../../onnx/tensor';
import type { TensorInfo } from '../../onnx/tensorValue';
import { readPads, readSlices } from '../coupling/ranges';
import { fromStart } from '../coupling/rule';
import { traceShape } from '../coupling/shapeValues';
import { countKept, type KeptElements } from './keptElements';
import type { ShapeEdits } from './shapeEdits';

/** What adjusting a node needs: the model as it was, and what stays of its axes. */
export interface AdjustContext {
  readonly model: Model;
  readonly index: GraphIndex;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly kept: KeptElements;
  readonly edits: ShapeEdits;
}

type Adjust = (node: NodeProto, context: AdjustContext) => void;

/** Nodes that say something about the length of an axis, in an attribute or in a constant. */
const ADJUSTMENTS: Readonly<Record<string, Adjust>> = {
  Conv: adjustGroups,
  ConvTranspose: adjustGroups,
  GroupNormalization: adjustNormGroups,
  LSTM: adjustHiddenSize,
  GRU: adjustHiddenSize,
  RNN: adjustHiddenSize,
  Reshape: (node, context) => adjustShape(node, context, 1, [-1, 0]),
  Expand: (node, context) => adjustShape(node, context, 1, [1]),
  ConstantOfShape: (node, context) => adjustShape(node, context, 0, []),
  Resize: adjustSizes,
  Split: adjustSplit,
  Slice: adjustSlice,
  Pad: adjustPad,
  Gather: adjustIndices,
};

/** Makes attributes and constants of a node fit what stays of the axes around it. */
export function adjustNode(node: NodeProto, context: AdjustContext): void {
  if (isStandard(node)) ADJUSTMENTS[node.opType]?.(node, context);
}

function keptOf({ kept }: AdjustContext, tensor: string | undefined, axis: number): Uint8Array | undefined {
  return kept.get(tensor ?? '')?.get(axis);
}

function dimsOf({ types }: AdjustContext, tensor: string | undefined): (number | undefined)[] {
  return (types.get(tensor ?? '')?.dims ?? []).map((dim) => (typeof dim === 'number' ? dim : undefined));
}

/** Only a depthwise convolution loses whole groups. */
function adjustGroups(node: NodeProto, context: AdjustContext): void {
  const groups = intAttribute(node, 'group', 1);
  const kept = keptOf(context, node.input[0], 1);
  if (groups > 1 && kept?.length === groups) setAttribute(node, 'group', countKept(kept));
}

function adjustNormGroups(node: NodeProto, context: AdjustContext): void {
  const kept = keptOf(context, node.input[0], 1);
  const each = (kept?.length ?? 0) / intAttribute(node, 'num_groups', 1);
  if (kept) setAttribute(node, 'num_groups', countKept(kept) / each);
}

function adjustHiddenSize(node: NodeProto, context: AdjustContext): void {
  const kept = keptOf(context, node.input[2], 2);
  if (kept) setAttribute(node, 'hidden_size', countKept(kept));
}

/** `open` are numbers that need no change: they say "what is left" or "as before". */
function adjustShape(node: NodeProto, context: AdjustContext, input: number, open: readonly number[]): void {
  const rank = dimsOf(context, node.output[0]).length;
  const values = traceShape(context.model, context.index, context.types, node, input) ?? [];
  const isOpen = (value: number): boolean =>
    open.includes(value) && !(value === 0 && intAttribute(node, 'allowzero', 0) === 1);
  values.forEach((value, i) => {
    const kept = keptOf(context, node.output[0], rank - values.length + i);
    if (kept && value && !isOpen(context.edits.read(value))) context.edits.write(value, countKept(kept));
  });
}

function adjustSizes(node: NodeProto, context: AdjustContext): void {
  if (!node.input[3]) return;
  const rank = dimsOf(context, node.output[0]).length;
  const places =
    intsAttribute(node, 'axes')?.map((i) => fromStart(i, rank)) ?? Array.from({ length: rank }, (_, i) => i);
  const values = traceShape(context.model, context.index, context.types, node, 3) ?? [];
  values.forEach((value, i) => {
    const kept = keptOf(context, node.output[0], places[i] ?? 0);
    if (kept && value) context.edits.write(value, countKept(kept));
  });
}

function adjustSplit(node: NodeProto, context: AdjustContext): void {
  const rank = dimsOf(context, node.input[0]).length;
  const axis = fromStart(intAttribute(node, 'axis', 0), rank);
  if (!keptOf(context, node.input[0], axis)) return;
  const sizes = node.output.map((name) => {
    const kept = keptOf(context, name, axis);
    return kept ? countKept(kept) : (dimsOf(context, name)[axis] ?? 0);
  });
  removeAttribute(node, 'num_outputs');
  context.edits.replace(node, 1, sizes, undefined);
}

function adjustSlice(node: NodeProto, context: AdjustContext): void {
  const dims = dimsOf(context, node.input[0]);
  const constant = (input: number) => context.index.constants.get(node.input[input] ?? '');
  const ints = (name: string | undefined): number[] | undefined => {
    const tensor = name ? context.index.constants.get(name) : undefined;
    return tensor && readInts(context.model, tensor);
  };
  const slices = readSlices(node, dims, ints);
  const [starts, ends] = [ints(node.input[1]), ints(node.input[2])];
  if (!slices || !starts || !ends) return;
  let isChanged = false;
  for (const [axis, { start, end, entry }] of slices) {
    const kept = keptOf(context, node.input[0], axis);
    if (!kept) continue;
    isChanged = true;
    starts[entry] = countKept(kept, 0, start);
    ends[entry] = starts[entry] + countKept(kept, start, end);
  }
  if (!isChanged) return;
  const like = [constant(1), constant(2)];
  context.edits.replace(node, 1, starts, like[0]);
  context.edits.replace(node, 2, ends, like[1]);
}

function adjustPad(node: NodeProto, context: AdjustContext): void {
  const rank = dimsOf(context, node.input[0]).length;
  const ints = (name: string | undefined): number[] | undefined => {
    const tensor = name ? context.index.constants.get(name) : undefined;
    return tensor && readInts(context.model, tensor);
  };
  const pads = readPads(node, rank, ints);
  if (!pads) return;
  let isChanged = false;
  const adjusted = pads.map(([before, after], axis) => {
    const kept = keptOf(context, node.output[0], axis);
    if (!kept || before + after === 0) return [before, after] as const;
    isChanged = true;
    return [countKept(kept, 0, before), countKept(kept, kept.length - after)] as const;
  });
  if (!isChanged) return;
  const axes = node.input[3] ? (ints(node.input[3]) ?? []) : pads.map((_, i) => i);
  const listed = axes.map((axis) => adjusted[fromStart(axis, rank)] ?? [0, 0]);
  context.edits.replace(node, 1, [...listed.map(([before]) => before), ...listed.map(([, after]) => after)], undefined);
}

function adjustIndices(node: NodeProto, context: AdjustContext): void {
  const rank = dimsOf(context, node.input[0]).length;
  const kept = keptOf(context, node.input[0], fromStart(intAttribute(node, 'axis', 0), rank));
  const constant = context.index.constants.get(node.input[1] ?? '');
  if (!kept || !constant) return;
  const indices = readInts(context.model, constant).map((i) => fromStart(i, kept.length));
  const moved = indices.filter((i) => kept[i] === 1).map((i) => countKept(kept, 0, i));
  context.edits.replace(node, 1, moved, constant, constant.dims.length === 0);
}
