import { intAttribute, intsAttribute } from '../../../onnx/attributes';
import { isOperator } from '../../../onnx/rewrites/editGraph';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { constantInts, fromStart, obstacle, SHAPE_UNKNOWN, type RuleContext, type RuleTable } from '../rule';
import { readSlices } from '../ranges';
import { setRoles, tieBroadcast } from './elementwise';
import { requireWritableShape } from './givenShape';

/** Operators that make a tensor of a given size, or tell the size of one. */
export const SHAPES: RuleTable = {
  Expand: expand,
  Tile: tile,
  ConstantOfShape: constantOfShape,
  Resize: resize,
  Upsample: resize,
  Shape: shape,
};

function expand(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  if (!axes.dims(input) || !axes.dims(output)) return SHAPE_UNKNOWN;
  tieBroadcast(context, input, output);
  setRoles(context, node, input, 'makes');
  // The given shape may be shorter than the output, and is aligned at its end; a 1 in it leaves the input's length.
  const made = axes.axesOf(output);
  const given = axes.dims(node.input[1])?.[0] ?? made.length;
  requireWritableShape(node, context, 1, made.slice(made.length - given), [1]);
  return undefined;
}

/** Copies lie one after another; an element goes with its copies. */
function tile(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  const dims = axes.dims(input);
  if (!dims || !axes.dims(output)) return SHAPE_UNKNOWN;
  dims.forEach((_, i) => {
    const [from, to] = [axes.axis(input, i), axes.axis(output, i)];
    if (!from || !to) axes.tieAxes(from, to);
    else if (from.length === to.length) axes.tieAxes(from, to);
    else if (from.length > 1) for (let e = 0; e < to.length; e++) axes.tie(to, e, from, e % from.length);
    else axes.freeze(to, obstacle(node, 'repeats a single element along it'));
  });
  setRoles(context, node, input, 'makes');
  return undefined;
}

function constantOfShape(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const output = node.output[0] ?? '';
  if (!axes.dims(output)) return SHAPE_UNKNOWN;
  requireWritableShape(node, context, 0, axes.axesOf(output));
  return undefined;
}

function resize(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  const dims = axes.dims(input);
  if (!dims || !axes.dims(output)) return SHAPE_UNKNOWN;
  const stays = new Set<number>();
  dims.forEach((dim, i) => {
    const [from, to] = [axes.axis(input, i), axes.axis(output, i)];
    // An axis is left alone where it keeps its length; Batch and channels always do.
    if (dim !== undefined && from?.length === to?.length && i < 2) {
      axes.tieAxes(from, to);
      stays.add(i);
      return;
    }
    axes.freeze(from, obstacle(node, 'resizes it'));
    axes.freeze(to, obstacle(node, 'resizes it'));
  });
  if (!node.input[3]) return undefined;
  const places = (intsAttribute(node, 'axes') ?? dims.map((_, i) => i)).map((i) => fromStart(i, dims.length));
  requireWritableShape(
    node,
    context,
    3,
    places.map((i) => (stays.has(i) ? axes.axis(output, i) : undefined)),
  );
  return undefined;
}

/** Axes whose length is read must keep it, since nobody knows what is done with the number. */
function shape(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const input = node.input[0] ?? '';
  const rank = axes.dims(input)?.length;
  if (rank === undefined) return SHAPE_UNKNOWN;
  const all = Array.from({ length: rank }, (_, i) => i);
  const seen = all.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', rank));
  for (const place of readEntries(node.output[0] ?? '', seen.length, context)) {
    axes.freeze(axes.axis(input, seen[place] ?? 0), obstacle(node, 'reads its length'));
  }
  return undefined;
}

/** Which entries of a list of lengths are read, by constant Gather and Slice; all of them by other nodes. */
function readEntries(list: string, length: number, context: RuleContext): Set<number> {
  const { index } = context;
  const all = Array.from({ length }, (_, i) => i);
  const entries = new Set<number>();
  const consumers = index.consumers.get(list) ?? [];
  if (index.outputs.has(list) || index.captured.has(list)) return new Set(all);
  for (const node of consumers) for (const entry of entriesOf(node, list, all, context)) entries.add(entry);
  return entries;
}

function entriesOf(node: NodeProto, list: string, all: readonly number[], context: RuleContext): readonly number[] {
  if (node.input.indexOf(list) !== 0 || node.input.lastIndexOf(list) !== 0) return all;
  const ints = (name: string | undefined): number[] | undefined => constantInts(context, name);
  if (isOperator(node, 'Cast')) return [...readEntries(node.output[0] ?? '', all.length, context)];
  if (isOperator(node, 'Gather')) return ints(node.input[1])?.map((i) => fromStart(i, all.length)) ?? all;
  const range = isOperator(node, 'Slice') ? readSlices(node, [all.length], ints)?.get(0) : undefined;
  return range?.step === 1 ? all.slice(range.start, range.end) : all;
}
