import { intAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { constantInts, fromStart, obstacle, SHAPE_UNKNOWN, type RuleContext, type RuleTable } from '../rule';
import { setRoles } from './elementwise';
import { readPads, readSlices } from '../ranges';

/** Operators that put elements of an axis elsewhere: one after another, apart, shifted. */
export const SLICING: RuleTable = { Concat: concat, Split: split, Slice: slice, Pad: pad, Gather: gather };

function concat(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const output = node.output[0] ?? '';
  const rank = axes.dims(output)?.length;
  if (rank === undefined || node.input.some((name) => !axes.dims(name))) return SHAPE_UNKNOWN;
  const along = fromStart(intAttribute(node, 'axis', 0), rank);
  tieParts(context, node.input, output, along);
  for (const name of node.input) setRoles(context, node, name, 'makes');
  return undefined;
}

function split(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const input = node.input[0] ?? '';
  const rank = axes.dims(input)?.length;
  if (rank === undefined || node.output.some((name) => !axes.dims(name))) return SHAPE_UNKNOWN;
  if (node.input[1] && !constantInts(context, node.input[1])) return 'computes where it splits';
  tieParts(context, node.output, input, fromStart(intAttribute(node, 'axis', 0), rank));
  setRoles(context, node, input, 'makes');
  return undefined;
}

/** Ties parts that lie one after another along an axis of a whole. */
function tieParts({ axes }: RuleContext, parts: readonly string[], whole: string, along: number): void {
  const target = axes.axis(whole, along);
  const rank = axes.dims(whole)?.length ?? 0;
  for (const part of parts) {
    for (let i = 0; i < rank; i++) if (i !== along) axes.tieAxes(axes.axis(part, i), axes.axis(whole, i));
  }
  const sources = parts.map((part) => axes.axis(part, along));
  if (!target || sources.includes(undefined)) {
    for (const axis of [target, ...sources]) axes.freeze(axis, LENGTH);
    return;
  }
  let offset = 0;
  for (const source of sources) {
    if (source) axes.tieRun(source, 0, target, offset, source.length);
    offset += source?.length ?? 0;
  }
}

const LENGTH = 'It is concatenated with, or split from, parts whose length is not known before the model runs.';

function slice(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  const dims = axes.dims(input);
  if (!dims || !axes.dims(output)) return SHAPE_UNKNOWN;
  const slices = readSlices(node, dims, (name) => constantInts(context, name));
  if (!slices) return 'computes where it slices';
  dims.forEach((_, i) => {
    const [from, to] = [axes.axis(input, i), axes.axis(output, i)];
    const range = slices.get(i);
    if (!range) axes.tieAxes(from, to);
    else if (range.step !== 1 || !from || !to) {
      const reason = obstacle(node, 'takes every so many elements of it');
      axes.freeze(from, reason);
      axes.freeze(to, reason);
    } else if (from.length === to.length) axes.tieAxes(from, to);
    else axes.tieRun(from, range.start, to, 0, to.length);
  });
  setRoles(context, node, input, 'makes');
  return undefined;
}

/** Padded elements are units of their own until something is added to them. */
function pad(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  const dims = axes.dims(input);
  if (!dims || !axes.dims(output)) return SHAPE_UNKNOWN;
  const pads = readPads(node, dims.length, (name) => constantInts(context, name));
  if (!pads) return 'computes its pads';
  pads.forEach(([before, after], i) => {
    const [from, to] = [axes.axis(input, i), axes.axis(output, i)];
    if (before === 0 && after === 0) axes.tieAxes(from, to);
    else if (!from || !to || before < 0 || after < 0 || !isConstantPad(node)) {
      const reason = obstacle(node, 'pads it');
      axes.freeze(from, reason);
      axes.freeze(to, reason);
    } else axes.tieRun(from, 0, to, before, from.length);
  });
  return undefined;
}

function isConstantPad(node: NodeProto): boolean {
  const mode = node.attribute.find(({ name }) => name === 'mode');
  return mode === undefined || new TextDecoder().decode(mode.s) === 'constant';
}

function gather(node: NodeProto, context: RuleContext): string | undefined {
  const { axes, index } = context;
  const [data = '', indices = ''] = node.input;
  const output = node.output[0] ?? '';
  const [dims, picked] = [axes.dims(data), axes.dims(indices)];
  if (!dims || !picked || !axes.dims(output)) return SHAPE_UNKNOWN;
  const along = fromStart(intAttribute(node, 'axis', 0), dims.length);
  const source = axes.axis(data, along);
  dims.forEach((_, i) => {
    if (i !== along) axes.tieAxes(axes.axis(data, i), axes.axis(output, i < along ? i : i + picked.length - 1));
  });
  const constants = constantInts(context, indices);
  if (constants && source && picked.length === 0) {
    axes.freezeElement(
      source,
      fromStart(constants[0] ?? 0, source.length),
      obstacle(node, 'picks a single element of it'),
    );
  } else if (constants && source && picked.length === 1) {
    const target = axes.axis(output, along);
    constants.forEach((value, i) => target && axes.tie(source, fromStart(value, source.length), target, i));
  } else {
    axes.freeze(source, obstacle(node, 'picks elements of it while the model runs'));
    picked.forEach((_, i) => axes.tieAxes(axes.axis(indices, i), axes.axis(output, along + i)));
  }
  if (index.initializers.has(data)) setRoles(context, node, data, 'makes');
  return undefined;
}
