import type { GraphIndex } from '../../onnx/graphIndex';
import type { NodeProto } from '../../onnx/onnx_pb';
import type { Axis, AxisTable } from './axisTable';
import { ruleOf } from './ruleTable';
import type { CoupledGroup, GroupMember } from './types';

/** Operators that people think of as layers. */
const LAYERS = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'LSTM', 'GRU', 'RNN', 'Gather']);

/** Sets of elements that lie on the same axes. */
interface Draft {
  readonly axes: Axis[];
  /** How many sets there are. */
  units: number;
  /** One element, for what holds for all. */
  readonly example: number;
}

/** Which draft the set of an element belongs to, and the number of the set in it. */
interface Drafts {
  readonly list: readonly Draft[];
  readonly draftOf: (element: number) => number;
  readonly unitOf: (element: number) => number;
}

/**
 * Makes groups of the sets of tied elements: those that lie on the same axes, are frozen for the same reason or not at
 * all, and are alike in whether removing them is the same as masking. Groups without a weight that makes them are left
 * out, since there is nothing to prune, and so are frozen ones that no layer makes: the pixels of an added picture. The
 * others come in the order of the nodes that make them.
 */
export function collectGroups(index: GraphIndex, axes: AxisTable): CoupledGroup[] {
  // A weight on a frozen axis has elements only from now on, so that its layer is told of as protected.
  for (const axis of axes.all()) if (axis.role === 'makes' && axis.length > 1) axes.element(axis, 0);
  const drafts = draftGroups(
    axes,
    [...axes.all()].filter((axis) => axis.first >= 0),
  );
  const order = new Map(index.graph.node.map((node, i) => [node, i]));
  const place = (node: NodeProto): number => order.get(node) ?? 0;
  const found = drafts.list.flatMap((draft, id) => {
    const makers = draft.axes.flatMap((axis) =>
      axis.role === 'makes' && axis.length > 1 && axis.user ? [axis.user] : [],
    );
    const first = makers.sort((a, b) => place(a) - place(b))[0];
    const isFree = axes.sets.reasonOf(draft.example) === 0;
    return first && (isFree || makers.some((maker) => LAYERS.has(maker.opType) || !ruleOf(maker)))
      ? [{ first, draft, id }]
      : [];
  });
  found.sort((a, b) => place(a.first) - place(b.first));
  const counts = new Map<string, number>();
  return found.map(({ first, draft, id }) => {
    const count = (counts.get(first.name) ?? 0) + 1;
    counts.set(first.name, count);
    const reason = axes.reasons[axes.sets.reasonOf(draft.example)];
    const protection = reason === '' ? (draft.units === 1 ? 'It is a single unit.' : undefined) : reason;
    return {
      name: count === 1 ? first.name : `${first.name}#${count}`,
      units: draft.units,
      members: membersOf(draft, id, drafts, index),
      exact: axes.sets.isExact(draft.example),
      ...(protection === undefined ? {} : { protection }),
    };
  });
}

/** Two sets are of one draft when the walk over all axes meets them on the same ones. */
function draftGroups({ sets }: AxisTable, lying: readonly Axis[]): Drafts {
  const signatures = new Int32Array(sets.count).fill(-1);
  const lastAxis = new Int32Array(sets.count).fill(-1);
  const transitions = new Map<number, number>();
  let signatureCount = 0;
  const follow = (key: number): number => {
    let next = transitions.get(key);
    if (next === undefined) transitions.set(key, (next = signatureCount++));
    return next;
  };
  lying.forEach((axis, number) => {
    for (let i = 0; i < axis.length; i++) {
      const root = sets.find(axis.first + i);
      if (lastAxis[root] === number) continue;
      lastAxis[root] = number;
      // Negative keys are where the walk begins, told apart by reason and exactness.
      const from = signatures[root] as number;
      const state = from >= 0 ? from : follow(-1 - (sets.reasonOf(root) * 2 + (sets.isExact(root) ? 1 : 0)));
      signatures[root] = follow(state * lying.length + number);
    }
  });
  const ids = new Int32Array(signatureCount).fill(-1);
  const units = new Int32Array(sets.count).fill(-1);
  const list: Draft[] = [];
  const lastOn = new Map<number, Axis>();
  for (const axis of lying) {
    for (let i = 0; i < axis.length; i++) {
      const root = sets.find(axis.first + i);
      const signature = signatures[root] as number;
      let id = ids[signature] as number;
      if (id < 0) ids[signature] = id = list.push({ axes: [], units: 0, example: root }) - 1;
      const draft = list[id] as Draft;
      if (units[root] === -1) units[root] = draft.units++;
      if (lastOn.get(id) !== axis) draft.axes.push(axis);
      lastOn.set(id, axis);
    }
  }
  return {
    list,
    draftOf: (element) => ids[signatures[sets.find(element)] as number] as number,
    unitOf: (element) => units[sets.find(element)] as number,
  };
}

function membersOf(draft: Draft, id: number, drafts: Drafts, index: GraphIndex): GroupMember[] {
  const members: GroupMember[] = [];
  for (const axis of draft.axes) {
    if (axis.isVirtual) continue;
    const elements = Array.from({ length: draft.units }, (): number[] => []);
    for (let i = 0; i < axis.length; i++) {
      if (drafts.draftOf(axis.first + i) === id) elements[drafts.unitOf(axis.first + i)]?.push(i);
    }
    const { tensor, position, length } = axis;
    const isWeight = index.initializers.has(tensor);
    members.push({
      tensor,
      axis: position,
      length,
      elements: shareEqual(elements, members.at(-1)?.elements),
      role: isWeight ? (axis.role ?? 'carries') : 'carries',
      node: isWeight ? (axis.user ?? index.consumers.get(tensor)?.[0]) : index.producers.get(tensor),
    });
  }
  return members;
}

/** Most members of a group lie alike, so that one list does for all of them. */
function shareEqual(
  elements: readonly (readonly number[])[],
  previous: readonly (readonly number[])[] | undefined,
): readonly (readonly number[])[] {
  const isEqual = previous?.every((list, unit) => {
    const other = elements[unit];
    return other?.length === list.length && list.every((element, i) => element === other[i]);
  });
  return isEqual ? (previous ?? elements) : elements;
}
