import type { GraphNode } from '../../../src/protocol';
import { bodyInputOf, bodyOutputOf } from './bodySlots';
import type { DisplayEdge } from './display';
import { graphAt, inputNumbers, outputNumbers, tensorRefOf } from './documentIndex';
import { resolveFolded, type FoldStep } from './folding';
import { OPENED, type PlacedBody, type Placing, type TensorSource } from './placement';
import { labelOfSteps, type LabelContext } from './quantizationLabel';
import { quantizedOperands } from './quantizedOperands';
import { tensorText } from './tensorFacts';

interface EdgeDraft {
  readonly tensor: number;
  readonly source: number;
  readonly steps: readonly FoldStep[];
  readonly targets: number[];
  /** The same, made when there are many. */
  seen?: Set<number>;
}

/** From here on a set finds a target faster than a list. */
const MANY_TARGETS = 32;

/** Edges between what is placed: one a tensor and way it is quantized, and one a branch for outputs of an opened If. */
export function connectItems(placing: Placing, context: LabelContext): readonly DisplayEdge[] {
  const drafts = new Map<string, EdgeDraft>();
  // Bodies are only added while placing, which is over.
  for (const body of placing.bodies) connectBody(placing, drafts, body);
  return [...drafts].map(([key, draft]) => finishEdge(context, key, draft));
}

function connectBody(placing: Placing, drafts: Map<string, EdgeDraft>, body: PlacedBody): void {
  const { index } = placing;
  const start = index.nodeStart[body.graph] ?? 0;
  const graph = graphAt(index.document, body.graph);
  graph.nodes.forEach((node, local) => {
    const item = body.itemOf[local] ?? -1;
    const number = start + local;
    if (item >= 0) {
      for (const tensor of inputNumbers(index, number)) deliver(placing, drafts, body, tensor, item);
      for (const tensor of capturedBy(placing, node)) deliver(placing, drafts, body, tensor, item);
    } else if (item === OPENED) {
      connectOpened(placing, drafts, body, number);
    }
  });
  const tensorStart = index.tensorStart[body.graph] ?? 0;
  for (const output of graph.outputs) {
    const item = body.outputs.get(tensorStart + output);
    if (item !== undefined) deliver(placing, drafts, body, index.canonical[tensorStart + output] ?? -1, item);
  }
}

/** Inputs of an opened node go to the inputs of its bodies, others to the block of its own. */
function connectOpened(placing: Placing, drafts: Map<string, EdgeDraft>, body: PlacedBody, number: number): void {
  const { index } = placing;
  const node = index.nodes[number];
  const opened = body.opened.get(number);
  if (node === undefined || opened === undefined) return;
  inputNumbers(index, number).forEach((tensor, slot) => {
    let isTaken = false;
    for (const inner of opened.bodies) {
      const graph = graphAt(index.document, inner.graph);
      const input = graph.inputs[bodyInputOf(node, graph, slot)];
      if (input === undefined) continue;
      const item = inner.inputs.get((index.tensorStart[inner.graph] ?? 0) + input);
      if (item !== undefined) deliver(placing, drafts, body, tensor, item);
      isTaken = true;
    }
    if (!isTaken && opened.head >= 0) deliver(placing, drafts, body, tensor, opened.head);
  });
}

/** Everything that bodies of a closed node read; tensors of their own find no source and are passed over. */
function capturedBy(placing: Placing, node: GraphNode): readonly number[] {
  if (node.subgraphs === undefined) return [];
  const { index } = placing;
  const found = new Set<number>();
  const pending = [...node.subgraphs];
  for (let graph = pending.pop(); graph !== undefined; graph = pending.pop()) {
    const body = graphAt(index.document, graph);
    const start = index.nodeStart[graph] ?? 0;
    body.nodes.forEach((inner, local) => {
      for (const tensor of inputNumbers(index, start + local)) found.add(tensor);
      pending.push(...(inner.subgraphs ?? []));
    });
    for (const output of body.outputs) found.add(index.canonical[(index.tensorStart[graph] ?? 0) + output] ?? -1);
  }
  return [...found];
}

function deliver(
  placing: Placing,
  drafts: Map<string, EdgeDraft>,
  body: PlacedBody,
  wanted: number,
  target: number,
): void {
  if (wanted < 0) return;
  const { index } = placing;
  const { tensor, steps } = placing.raw ? { tensor: wanted, steps: [] } : resolveFolded(index, placing.plan, wanted);
  if (tensor < 0 || index.tensors[tensor]?.weight !== undefined) return;
  for (const source of sourcesOf(placing, body, tensor)) {
    if (source.item === target) continue;
    const key = steps.length === 0 ? source.key : `${source.key}${stepsKey(steps)}`;
    const draft = drafts.get(key);
    if (draft === undefined) drafts.set(key, { tensor, source: source.item, steps, targets: [target] });
    else addTarget(draft, target);
  }
}

function addTarget(draft: EdgeDraft, target: number): void {
  if (draft.targets.length >= MANY_TARGETS) draft.seen ??= new Set(draft.targets);
  if (draft.seen?.has(target) ?? draft.targets.includes(target)) return;
  draft.targets.push(target);
  draft.seen?.add(target);
}

function stepsKey(steps: readonly FoldStep[]): string {
  return steps.map((step) => `:q${String(step.quantize ?? step.dequantize)}`).join('');
}

function sourcesOf(placing: Placing, body: PlacedBody, tensor: number): readonly TensorSource[] {
  let sources = body.sources.get(tensor);
  if (sources === undefined) body.sources.set(tensor, (sources = findSources(placing, body, tensor)));
  return sources;
}

/** Where a tensor leaves from: a block, an input, or the outputs of the branches of an opened node. */
function findSources(placing: Placing, body: PlacedBody, tensor: number): readonly TensorSource[] {
  const { index } = placing;
  const graph = index.graphOfTensor[tensor] ?? -1;
  let home: PlacedBody | undefined = body;
  while (home !== undefined && home.graph !== graph) home = home.outer;
  if (home === undefined) return capturedInput(placing, tensor);
  const ref = tensorRefOf(index, tensor);
  const key = `${home.prefix}e:${String(ref.graph)}/${String(ref.tensor)}`;
  const input = home.inputs.get(tensor);
  if (input !== undefined) return [{ item: input, key }];
  const producer = index.producer[tensor] ?? -1;
  if (producer < 0) return [];
  const item = home.itemOf[producer - (index.nodeStart[graph] ?? 0)] ?? -1;
  if (item >= 0) return [{ item, key }];
  const opened = home.opened.get(producer);
  const node = index.nodes[producer];
  if (opened === undefined || node === undefined) return [];
  const slot = outputNumbers(index, producer).indexOf(tensor);
  return opened.bodies.flatMap((inner) => {
    const output = graphAt(index.document, inner.graph).outputs[bodyOutputOf(node, slot)] ?? -1;
    const leaf = inner.outputs.get((index.tensorStart[inner.graph] ?? 0) + output);
    return leaf === undefined ? [] : [{ item: leaf, key: `${key}:${String(inner.graph)}` }];
  });
}

/** A body shown alone gets what it captures as inputs. */
function capturedInput(placing: Placing, tensor: number): readonly TensorSource[] {
  const { index, items } = placing;
  const root = placing.bodies[0];
  const graph = index.graphOfTensor[tensor] ?? -1;
  if (root === undefined || !isAround(placing, graph, root.graph)) return [];
  const ref = tensorRefOf(index, tensor);
  const name = `${String(ref.graph)}/${String(ref.tensor)}`;
  let item = root.inputs.get(tensor);
  if (item === undefined) {
    item = items.length;
    root.inputs.set(tensor, item);
    items.push({
      key: `i:${name}`,
      kind: 'input',
      parent: -1,
      expanded: false,
      expandable: false,
      ...placing.describe.boundary('input', tensor),
    });
  }
  return [{ item, key: `e:${name}` }];
}

function isAround(placing: Placing, outer: number, inner: number): boolean {
  const { graphs } = placing.index.document;
  let graph = graphs[inner]?.owner?.graph;
  for (let step = 0; step < graphs.length && graph !== undefined; step++) {
    if (graph === outer) return true;
    graph = graphs[graph]?.owner?.graph;
  }
  return false;
}

function finishEdge(context: LabelContext, key: string, draft: EdgeDraft): DisplayEdge {
  const quantization = labelOfSteps(context, draft.steps) ?? producedLabel(context, draft.tensor);
  return {
    key,
    tensor: tensorRefOf(context.index, draft.tensor),
    source: draft.source,
    targets: draft.targets,
    label: tensorText(context.facts, draft.tensor),
    ...(quantization === undefined ? {} : { quantization }),
  };
}

/** The grid of an output that its operator quantizes itself. */
function producedLabel(context: LabelContext, tensor: number): DisplayEdge['quantization'] {
  const producer = context.index.producer[tensor] ?? -1;
  if (producer < 0) return undefined;
  return quantizedOperands(context, producer).find((operand) => operand.isOutput && operand.tensor === tensor)
    ?.quantization;
}
