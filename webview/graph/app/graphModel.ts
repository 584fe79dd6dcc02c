import type { GraphBody, GraphDocument, GraphShapes, GraphStrings, NodeRef, TensorRef } from '../../../src/protocol';
import type { NamedGrid, Subject } from '../inspector/context';
import { defaultExpansion } from '../model/defaultExpansion';
import type { DisplayGraph, DisplayItem, QuantizationLabel } from '../model/display';
import { buildDisplayGraph } from '../model/displayGraph';
import { graphAt, indexDocument, tensorNumber, type DocumentIndex } from '../model/documentIndex';
import { buildAllGroups, graphTitle, type GroupTree } from '../model/groups';
import { createNodePaths, type NodePath } from '../model/nodePath';
import { createTensorFacts, type TensorFacts } from '../model/tensorFacts';
import type { Crumb } from './breadcrumb';
import type { SideState } from './state';

/** A document with what is derived from it once. */
export interface GraphModel {
  readonly document: GraphDocument;
  readonly index: DocumentIndex;
  readonly groups: readonly GroupTree[];
  /** Types and shapes that were inferred where the file does not say. */
  readonly shapes?: GraphShapes;
  readonly facts: TensorFacts;
  readonly pathOf: (node: NodeRef) => NodePath;
}

/** Derives groups and index of a document. */
export function createGraphModel(document: GraphDocument, strings: GraphStrings): GraphModel {
  const groups = buildAllGroups(document, strings);
  const index = indexDocument(document);
  let pathOf: GraphModel['pathOf'] | undefined;
  return {
    document,
    index,
    groups,
    facts: createTensorFacts(document),
    // Made at its first use, which is after the first frame.
    pathOf: (node) => (pathOf ??= createNodePaths(index, groups))(node),
  };
}

/** The model with types and shapes that were inferred. */
export function withShapes(model: GraphModel, shapes: GraphShapes): GraphModel {
  return { ...model, shapes, facts: createTensorFacts(model.document, shapes) };
}

/** The graph to draw for the state of a pane. */
export function displayOf(model: GraphModel, state: SideState, strings: GraphStrings): DisplayGraph {
  const { shapes } = model;
  return buildDisplayGraph(model.document, model.groups, {
    graph: shownGraph(model, state),
    expanded: new Set(expandedKeys(model, state)),
    raw: state.raw,
    ...(shapes === undefined ? {} : { shapes }),
    strings,
  });
}

/** The graph that a state shows; the main one where the state's is gone. */
export function shownGraph({ document }: GraphModel, state: SideState): number {
  return state.graph < document.graphs.length ? state.graph : 0;
}

/** The body of that graph. */
export function shownBody(model: GraphModel, state: SideState): GraphBody {
  return graphAt(model.document, shownGraph(model, state));
}

/** The keys of what a state has expanded: what a person chose, else as much as reads well. */
export function expandedKeys(model: GraphModel, state: SideState): readonly string[] {
  if (state.expanded !== undefined) return state.expanded;
  return [...defaultExpansion(model.document, model.groups, shownGraph(model, state))];
}

/** The keys of all groups of all graphs. Bodies of control flow stay closed, as a function may be called a thousand times. */
export function allGroupKeys({ groups }: GraphModel): string[] {
  return groups.flatMap((tree) => tree.groups.map(({ key }) => key));
}

/** What must be expanded, outermost first, for a node to be drawn in graph `shown`; undefined where it cannot be there. */
export function keysAround(model: GraphModel, shown: number, ref: NodeRef): readonly string[] | undefined {
  if (shown === 0) return model.pathOf(ref).around;
  if (ref.graph !== shown) return undefined;
  const tree = model.groups[shown];
  const keys: string[] = [];
  for (let group = tree?.groupOf[ref.node] ?? -1; group >= 0; group = tree?.groups[group]?.parent ?? -1) {
    keys.unshift(tree?.groups[group]?.key ?? '');
  }
  return keys;
}

/** From the main graph to the shown one, by the nodes that hold the bodies. */
export function crumbsOf(model: GraphModel, graph: number): readonly Crumb[] {
  const crumbs: Crumb[] = [];
  let current: number | undefined = graph;
  while (current !== undefined && crumbs.length <= model.document.graphs.length) {
    crumbs.unshift({ graph: current, title: graphTitle(model.document, current) });
    if (current === 0) return crumbs;
    current = graphAt(model.document, current).owner?.graph;
  }
  return [{ graph: 0, title: graphTitle(model.document, 0) }, ...crumbs];
}

/** The keys of items and edges, and `t:graph/tensor` for a tensor that is neither: what can be selected. */
export function tensorKey({ graph, tensor }: TensorRef): string {
  return `t:${graph}/${tensor}`;
}

/** What the inspector shows for a selected key. */
export function subjectOf(model: GraphModel, display: DisplayGraph, key: string | undefined): Subject {
  if (key === undefined) return { kind: 'model' };
  const own = /^t:(\d+)\/(\d+)$/.exec(key);
  if (own !== null) {
    const tensor = { graph: Number(own[1]), tensor: Number(own[2]) };
    return { kind: 'tensor', tensor, quantizations: gridsOfTensor(model, display, tensor) };
  }
  const edge = display.edges.find((candidate) => candidate.key === key);
  if (edge !== undefined) {
    const quantizations = gridsOfTensor(model, display, edge.tensor);
    return { kind: 'tensor', tensor: edge.tensor, quantizations };
  }
  const position = display.items.findIndex((candidate) => candidate.key === key);
  const item = display.items[position];
  if (item === undefined) return { kind: 'model' };
  if (item.tensor !== undefined) {
    return { kind: 'tensor', tensor: item.tensor, quantizations: gridsOfTensor(model, display, item.tensor) };
  }
  const [node] = item.members;
  if (item.kind !== 'operator' || node === undefined) return { kind: 'group', item };
  return { kind: 'node', node, quantizations: gridsOfItem(model, display, position, item) };
}

/** Parameters folded into a node: of its weights, and of the edges that it reads and makes. */
function gridsOfItem({ index }: GraphModel, display: DisplayGraph, position: number, item: DisplayItem): NamedGrid[] {
  const rows = item.rows.flatMap(({ label, quantization }) =>
    quantization === undefined ? [] : [namedGrid(label, quantization)],
  );
  const edges = display.edges.flatMap(({ source, targets, tensor, quantization }) => {
    if (quantization === undefined || (source !== position && !targets.includes(position))) return [];
    return [namedGrid(index.tensors[tensorNumber(index, tensor)]?.name ?? '', quantization)];
  });
  return [...rows, ...edges];
}

function gridsOfTensor({ index }: GraphModel, display: DisplayGraph, ref: TensorRef): NamedGrid[] {
  const number = tensorNumber(index, ref);
  const name = index.tensors[number]?.name ?? '';
  const labels = display.edges.flatMap(({ tensor, quantization }) =>
    quantization !== undefined && tensorNumber(index, tensor) === number ? [quantization] : [],
  );
  return [...new Map(labels.map((label) => [label.grid, namedGrid(name, label)])).values()];
}

function namedGrid(name: string, { grid, summary }: QuantizationLabel): NamedGrid {
  return { name, grid, summary };
}
