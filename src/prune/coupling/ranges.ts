import { intsAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/onnx_pb';
import { fromStart } from './rule';

type ReadInts = (name: string | undefined) => number[] | undefined;

/** What a Slice takes of one axis: elements from `start` up to `end`, both within the axis where its length is known. */
export interface SliceRange {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  /** Its place among the starts and ends. */
  readonly entry: number;
}

/**
 * The ranges of a Slice by axis (operator set 10 and later: inputs data, starts, ends, axes, steps). Undefined when they
 * are computed. On an axis of unknown length they are as written.
 */
export function readSlices(
  node: NodeProto,
  dims: readonly (number | undefined)[],
  ints: ReadInts,
): Map<number, SliceRange> | undefined {
  const [starts, ends] = [ints(node.input[1]), ints(node.input[2])];
  if (!starts || !ends) return undefined;
  const given = node.input[3] ? ints(node.input[3]) : starts.map((_, i) => i);
  const steps = node.input[4] ? ints(node.input[4]) : starts.map(() => 1);
  if (!given || !steps) return undefined;
  const ranges = new Map<number, SliceRange>();
  for (const [entry, axis] of given.entries()) {
    const position = fromStart(axis, dims.length);
    const length = dims[position];
    const step = steps[entry] ?? 1;
    const [from, to] = [starts[entry] ?? 0, ends[entry] ?? 0];
    const clamp = (value: number): number =>
      length === undefined ? value : Math.min(Math.max(fromStart(value, length), 0), length);
    ranges.set(position, { start: clamp(from), end: clamp(to), step, entry });
  }
  return ranges;
}

/**
 * The pads of a Pad before and after each axis (operator set 11 and later: inputs data, pads, value, axes). Undefined
 * when they are computed.
 */
export function readPads(
  node: NodeProto,
  rank: number,
  ints: ReadInts,
): (readonly [before: number, after: number])[] | undefined {
  const values = intsAttribute(node, 'pads') ?? ints(node.input[1]);
  const given = node.input[3] ? ints(node.input[3]) : Array.from({ length: rank }, (_, i) => i);
  if (!values || !given) return undefined;
  const pads = Array.from({ length: rank }, (): readonly [number, number] => [0, 0]);
  given.forEach((axis, i) => {
    pads[fromStart(axis, rank)] = [values[i] ?? 0, values[i + given.length] ?? 0];
  });
  return pads;
}
