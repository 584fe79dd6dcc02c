import type { GraphDocument, GraphShapes, OverlayData, OverlayValue } from '../../../src/protocol';
import type { GraphStrings } from '../../../src/protocol/graphStrings';
import { assertNever } from '../../../src/util/assertNever';
import type { DisplayGraph, DisplayItem, OverlayKind, OverlayMark, OverlayView } from './display';
import { indexDocument, type DocumentIndex } from './documentIndex';
import { planFolding, type FoldPlan } from './folding';
import { bytesText, millisecondsText, percentText, shortNumber } from './numberText';
import { weightsOfNodes, withBodies } from './nodeWeights';
import { computeType, shortElementType } from './computeType';
import { createTensorFacts } from './tensorFacts';

/** What an overlay is made from besides the document. */
export interface OverlaySources {
  readonly strings: GraphStrings;
  readonly shapes?: GraphShapes;
  /** Share of zeros, 0..1, by `graph/tensor` of the weight, as far as weights were read. */
  readonly sparsityOf?: ReadonlyMap<string, number>;
  /** Figures of a measured overlay; without them it has no marks. */
  readonly data?: OverlayData;
}

/** How figures of several nodes become one. */
type Aggregate = 'sum' | 'most';

/**
 * What an overlay says of every item. Groups sum sizes and latencies, average sparsity over elements, and take the most
 * of ranges and sensitivities. Levels run from nothing to the largest item that contains no other drawn one.
 */
export function buildOverlay(
  kind: OverlayKind,
  document: GraphDocument,
  display: DisplayGraph,
  sources: OverlaySources,
): OverlayView {
  const index = indexDocument(document);
  const plan = planFolding(document);
  const { strings, data } = sources;
  const countOf = ({ kind: itemKind, nodeCount }: DisplayItem): number => (itemKind === 'group' ? nodeCount : 1);
  switch (kind) {
    case 'category':
      return classes(kind, strings.overlayNone, display, countOf, (item) =>
        item.kind === 'operator' || item.kind === 'group' ? item.category : undefined,
      );
    case 'dataType': {
      const facts = createTensorFacts(document, sources.shapes);
      return classes(kind, strings.overlayDataType, display, countOf, (item) => typeOf(index, facts, plan, item));
    }
    case 'size':
      return scale(kind, strings.overlaySize, bytesText, display, (item) => {
        let bytes = 0;
        for (const { weight } of weightsOf(index, plan, item).values()) bytes += weight.bytes;
        return bytes === 0 ? undefined : bytes;
      });
    case 'sparsity':
      return scale(
        kind,
        strings.overlaySparsity,
        percentText,
        display,
        (item) => sparsity(index, plan, item, sources),
        1,
      );
    case 'range':
      return scale(kind, strings.overlayRange, percentText, display, measured(index, display, data, 'most'));
    case 'latency':
      return withFused(
        scale(kind, strings.overlayLatency, millisecondsText, display, measured(index, display, data, 'sum')),
        index,
        display,
        data,
        strings,
      );
    case 'sensitivity':
      return scale(kind, strings.overlaySensitivity, shortNumber, display, measured(index, display, data, 'most'));
    default:
      return assertNever(kind);
  }
}

function weightsOf(index: DocumentIndex, plan: FoldPlan, item: DisplayItem): ReturnType<typeof weightsOfNodes> {
  return weightsOfNodes(index, plan, withBodies(index, item.members));
}

/** Zeros of all weights that were read, over their elements. */
function sparsity(
  index: DocumentIndex,
  plan: FoldPlan,
  item: DisplayItem,
  { sparsityOf }: OverlaySources,
): number | undefined {
  let zeros = 0;
  let elements = 0;
  for (const [tensor, { weight }] of weightsOf(index, plan, item)) {
    const graph = index.graphOfTensor[tensor] ?? 0;
    const share = sparsityOf?.get(`${String(graph)}/${String(tensor - (index.tensorStart[graph] ?? 0))}`);
    if (share === undefined) continue;
    zeros += share * weight.elements;
    elements += weight.elements;
  }
  return elements === 0 ? undefined : zeros / elements;
}

/** Figures by node name of the main graph. A block has those of the nodes that are folded into its rows, too. */
function measured(
  index: DocumentIndex,
  display: DisplayGraph,
  data: OverlayData | undefined,
  aggregate: Aggregate,
): (item: DisplayItem) => number | undefined {
  const values = new Map<number, number>();
  const { nodes } = index.document.graphs[0] ?? { nodes: [] };
  if (data !== undefined) {
    nodes.forEach(({ name }, node) => {
      const found = valueOf(data, name);
      if (found !== undefined && found.fusedInto === undefined) values.set(node, found.value);
    });
  }
  const isRaw = !display.items.some(({ rows }) =>
    rows.some(({ quantization }) => (quantization?.nodes.length ?? 0) > 0),
  );
  return (item) => {
    const refs = new Set(item.members.filter(({ graph }) => graph === 0).map(({ node }) => node));
    if (!isRaw && item.kind === 'operator') {
      for (const { quantization } of item.rows) {
        for (const { graph, node } of quantization?.nodes ?? []) if (graph === 0) refs.add(node);
      }
    }
    let result: number | undefined;
    for (const ref of refs) {
      const value = values.get(ref);
      if (value === undefined) continue;
      if (result === undefined) result = value;
      else result = aggregate === 'sum' ? result + value : Math.max(result, value);
    }
    return result;
  };
}

/** Writes of blocks that run as a part of another one that they do, instead of a time that they do not have. */
function withFused(
  view: OverlayView,
  index: DocumentIndex,
  display: DisplayGraph,
  data: OverlayData | undefined,
  strings: GraphStrings,
): OverlayView {
  if (data === undefined) return view;
  const values = new Map(view.values);
  for (const { key, members } of display.items) {
    if (values.has(key)) continue;
    const isFused = members.some(({ graph, node }) => {
      const name = graph === 0 ? index.document.graphs[0]?.nodes[node]?.name : undefined;
      return name !== undefined && valueOf(data, name)?.fusedInto !== undefined;
    });
    if (isFused) values.set(key, { text: strings.fused });
  }
  return { ...view, values };
}

function valueOf({ values }: OverlayData, name: string): OverlayValue | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function typeOf(
  index: DocumentIndex,
  facts: ReturnType<typeof createTensorFacts>,
  plan: FoldPlan,
  item: DisplayItem,
): string | undefined {
  if (item.tensor !== undefined) {
    const type = facts.type((index.tensorStart[item.tensor.graph] ?? 0) + item.tensor.tensor);
    return type === undefined ? undefined : shortElementType(type);
  }
  // Of a group, the type that most of its nodes compute in; of equally many, the one that comes first.
  const counts = new Map<string, number>();
  for (const number of withBodies(index, item.members)) {
    if (item.members.length > 1 && plan.folded.has(number)) continue;
    const type = computeType(index, plan, facts, number);
    if (type !== undefined) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].sort(([, first], [, second]) => second - first)[0]?.[0];
}

function classes(
  overlay: OverlayKind,
  title: string,
  display: DisplayGraph,
  countOf: (item: DisplayItem) => number,
  classOf: (item: DisplayItem) => string | undefined,
): OverlayView {
  const found: (string | undefined)[] = display.items.map(classOf);
  const counts = new Map<string, number>();
  display.items.forEach((item, place) => {
    const name = found[place];
    if (name === undefined) return;
    // Containers show a class and are not counted: what they contain is.
    counts.set(name, (counts.get(name) ?? 0) + (item.expanded ? 0 : countOf(item)));
  });
  const ordered = [...counts].sort(([one, first], [other, second]) => second - first || (one < other ? -1 : 1));
  const levels = new Map(ordered.map(([name], level) => [name, level]));
  const values = new Map<string, OverlayMark>();
  display.items.forEach((item, place) => {
    const name = found[place];
    if (name !== undefined) values.set(item.key, { text: name, level: levels.get(name) ?? 0 });
  });
  return {
    overlay,
    legend: { kind: 'classes', title, classes: ordered.map(([label, count]) => ({ label, count })) },
    values,
  };
}

function scale(
  overlay: OverlayKind,
  title: string,
  text: (value: number) => string,
  display: DisplayGraph,
  figureOf: (item: DisplayItem) => number | undefined,
  full?: number,
): OverlayView {
  const figures = display.items.map((item) => (item.tensor === undefined ? figureOf(item) : undefined));
  let largest = 0;
  display.items.forEach((item, place) => {
    if (!item.expanded) largest = Math.max(largest, figures[place] ?? 0);
  });
  const end = full ?? largest;
  const values = new Map<string, OverlayMark>();
  display.items.forEach((item, place) => {
    const figure = figures[place];
    if (figure === undefined) return;
    values.set(item.key, { text: text(figure), level: end === 0 ? 0 : Math.min(1, Math.max(0, figure / end)) });
  });
  return { overlay, legend: { kind: 'scale', title, low: text(0), high: text(end) }, values };
}
