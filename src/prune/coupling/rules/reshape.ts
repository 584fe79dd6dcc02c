import { intAttribute } from '../../../onnx/attributes';
import { isOperator, soleConsumer } from '../../../onnx/rewrites/editGraph';
import type { NodeProto } from '../../../onnx/onnx_pb';
import type { Axis } from '../axisTable';
import { commonFactors, reshapeBlocks, type Factor, type ReshapeBlock } from '../factors';
import { fromStart, obstacle, SHAPE_UNKNOWN, type RuleContext, type RuleTable } from '../rule';
import { setRoles } from './elementwise';
import { requireWritableShape } from './givenShape';

/** Operators that read the same numbers with other borders between axes. */
export const RESHAPE: RuleTable = { Reshape: reshape, Flatten: flatten };

function reshape(node: NodeProto, context: RuleContext): string | undefined {
  const reason = regroup(node, context);
  if (reason !== undefined) return reason;
  const open = intAttribute(node, 'allowzero', 0) === 0 ? [-1, 0] : [-1];
  requireWritableShape(node, context, 1, context.axes.axesOf(node.output[0] ?? ''), open);
  return undefined;
}

function flatten(node: NodeProto, context: RuleContext): string | undefined {
  const rank = context.axes.dims(node.input[0])?.length ?? 0;
  const axis = fromStart(intAttribute(node, 'axis', 1), rank);
  return regroup(node, context, axis);
}

function regroup(node: NodeProto, context: RuleContext, flattenedAt?: number): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  const [from, to] = [axes.dims(input), axes.dims(output)];
  if (!from || !to) return SHAPE_UNKNOWN;
  if ([...from, ...to].includes(0)) return 'has an empty tensor';
  const blocks = flattenedAt === undefined ? reshapeBlocks(from, to) : flattenBlocks(from, to, flattenedAt);
  const covered = [new Set<number>(), new Set<number>()] as const;
  for (const block of blocks) {
    block.from.forEach((i) => covered[0].add(i));
    block.to.forEach((i) => covered[1].add(i));
    tieBlock(node, context, block);
  }
  const reason = obstacle(node, 'mixes it with axes whose length is not known before the model runs');
  from.forEach((dim, i) => dim !== 1 && !covered[0].has(i) && axes.freeze(axes.axis(input, i), reason));
  to.forEach((dim, i) => dim !== 1 && !covered[1].has(i) && axes.freeze(axes.axis(output, i), reason));
  setRoles(context, node, input, 'makes');
  return undefined;
}

/** A Flatten says where its blocks end, so that an unknown batch does not hide the rest. */
function flattenBlocks(
  from: readonly (number | undefined)[],
  to: readonly (number | undefined)[],
  at: number,
): ReshapeBlock[] {
  const halves = [
    [0, at, 0],
    [at, from.length, 1],
  ] as const;
  return halves.flatMap(([start, end, position]) => {
    const positions = from.flatMap((dim, i) => (i >= start && i < end && dim !== 1 ? [i] : []));
    const isKnown = positions.every((i) => from[i] !== undefined) && to[position] !== undefined;
    return isKnown && positions.length > 0 ? [{ from: positions, to: [position] }] : [];
  });
}

function tieBlock(node: NodeProto, context: RuleContext, block: ReshapeBlock): void {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  const [from, to] = [axes.dims(input) ?? [], axes.dims(output) ?? []];
  const [before, after] = [block.from.map((i) => axes.axis(input, i)), block.to.map((i) => axes.axis(output, i))];
  if (before.length === 1 && after.length === 1) {
    axes.tieAxes(before[0], after[0]);
    return;
  }
  const factors = commonFactors(block, from, to);
  const freezeAll = (except: readonly (Axis | undefined)[], reason: string): void => {
    for (const axis of [...before, ...after]) if (!except.includes(axis)) axes.freeze(axis, reason);
  };
  if (!factors) {
    freezeAll([], obstacle(node, 'moves the borders of axes so that units do not stay together'));
    return;
  }
  const sides = (factor: Factor): readonly [Axis | undefined, Axis | undefined] => [
    axes.axis(input, factor.from.position),
    axes.axis(output, factor.to.position),
  ];
  const innermost = obstacle(node, 'splits or merges it with an axis that units lie on');
  context.defer({
    decide: (must) => {
      const live = factors.filter((factor) => sides(factor).every((axis) => !axes.isFrozen(axis)));
      if (live.length > 1 && !must) return false;
      const chosen = live.length > 1 && isShuffle(node, context) ? live[1] : live[0];
      if (!chosen) {
        const frozen = [...after, ...before].find((axis) => axes.isFrozen(axis));
        freezeAll([], axes.reasonOf(frozen) ?? innermost);
        return true;
      }
      const [outer, inner] = sides(chosen);
      freezeAll([outer, inner], innermost);
      if (outer && inner) tieFactor(context, chosen, outer, inner);
      return true;
    },
  });
}

/** Ties all elements of both axes that have the same number in the factor. */
function tieFactor({ axes }: RuleContext, factor: Factor, from: Axis, to: Axis): void {
  const numberIn = (element: number, stride: number): number => Math.floor(element / stride) % factor.size;
  // The first `size` multiples of the stride have the numbers 0, 1, ... and stand for them.
  for (let e = 0; e < from.length; e++) {
    axes.tie(from, e, from, numberIn(e, factor.from.stride) * factor.from.stride);
  }
  for (let e = 0; e < to.length; e++) {
    axes.tie(to, e, from, numberIn(e, factor.to.stride) * factor.from.stride);
  }
}

/**
 * True for the first half of a channel shuffle (ShuffleNet): channels split into groups, a Transpose, and merged again
 * with the groups inside. Units are then the positions within a group, which stay whole through both.
 */
function isShuffle(node: NodeProto, { index, axes }: RuleContext): boolean {
  const transpose = soleConsumer(index, node.output[0]);
  if (!isOperator(transpose, 'Transpose')) return false;
  const merge = soleConsumer(index, transpose.output[0]);
  const [before, after] = [axes.dims(node.input[0]), axes.dims(merge?.output[0])];
  return isOperator(merge, 'Reshape') && before !== undefined && String(before) === String(after);
}
