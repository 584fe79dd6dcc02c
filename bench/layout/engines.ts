import { createRequire } from 'node:module';
import { join } from 'node:path';
import { layoutGraph } from '../../webview/graph/layout/layoutGraph';
import { DEFAULT_SPACING } from '../../webview/graph/layout/spacing';
import type { LayoutGraph } from '../../webview/graph/layout/types';
import { lengthOf, type DrawnLine, type Drawing } from './drawing';

export const ENGINES = ['ours', 'dagre', 'elkjs'] as const;
export type Engine = (typeof ENGINES)[number];

/** Package that each peer is. */
export const PEER_PACKAGES: Readonly<Record<Exclude<Engine, 'ours'>, string>> = {
  dagre: '@dagrejs/dagre',
  elkjs: 'elkjs',
};

export interface Timed {
  readonly seconds: number;
  readonly drawing: Drawing;
}

/** Lays out a graph without containers; only the layout is timed, not the making of its input. */
export async function layoutWith(engine: Engine, graph: LayoutGraph, peers: string): Promise<Timed> {
  if (engine === 'ours') return layoutOurs(graph);
  const load = createRequire(join(peers, 'package.json'));
  return engine === 'dagre' ? layoutDagre(load, graph) : layoutElk(load, graph);
}

/** Ours, also with containers. */
export function layoutOurs(graph: LayoutGraph): Timed {
  const started = performance.now();
  const result = layoutGraph(graph);
  const seconds = (performance.now() - started) / 1000;
  const pieces = Array.from(result.pieceEdges, (tensor, piece): DrawnLine => {
    const [from = 0, to = 0] = [result.pieceStarts[piece], result.pieceStarts[piece + 1]];
    return {
      tensor,
      points: Array.from(result.points.subarray(2 * from, 2 * to)),
      inLane: result.pieceInLane[piece] === 1,
    };
  });
  const lengths = pieces.map(({ points }) => lengthOf(points));
  const wayLength = result.paths.flat(2).reduce((sum, piece) => sum + (lengths[piece] ?? 0), 0);
  const boxes = Array.from({ length: graph.parents.length }, (_, node): [number, number, number, number] => {
    const [left = 0, top = 0, width = 0, height = 0] = result.boxes.subarray(4 * node, 4 * node + 4);
    return [left, top, width, height];
  });
  return { seconds, drawing: { width: result.width, height: result.height, boxes, lines: pieces, wayLength } };
}

interface DagreGraph {
  setGraph(options: object): void;
  setDefaultEdgeLabel(create: () => object): void;
  setNode(name: string, value: object): void;
  setEdge(source: string, target: string, value: object, name: string): void;
  graph(): { width: number; height: number };
  node(name: string): { x: number; y: number; width: number; height: number };
  edge(edge: { v: string; w: string; name: string }): { points: { x: number; y: number }[] };
}

interface Dagre {
  readonly graphlib: { readonly Graph: new (options: object) => DagreGraph };
  layout(graph: DagreGraph): void;
}

/** One edge for each reader of a tensor, as every viewer that uses dagre does it. */
function layoutDagre(load: NodeJS.Require, graph: LayoutGraph): Timed {
  const dagre = load(PEER_PACKAGES.dagre) as Dagre;
  const g = new dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ nodesep: DEFAULT_SPACING.nodeGap, ranksep: DEFAULT_SPACING.layerGap, edgesep: DEFAULT_SPACING.lineGap });
  g.setDefaultEdgeLabel(() => ({}));
  const count = graph.parents.length;
  for (let node = 0; node < count; node++) {
    g.setNode(String(node), { width: graph.sizes[2 * node], height: graph.sizes[2 * node + 1] });
  }
  forEachReader(graph, (source, target, tensor) => g.setEdge(String(source), String(target), {}, String(tensor)));
  const started = performance.now();
  dagre.layout(g);
  const seconds = (performance.now() - started) / 1000;
  const lines: DrawnLine[] = [];
  forEachReader(graph, (source, target, tensor) => {
    const { points } = g.edge({ v: String(source), w: String(target), name: String(tensor) });
    lines.push({ tensor, points: points.flatMap(({ x, y }) => [x, y]) });
  });
  const boxes = Array.from({ length: count }, (_, node): [number, number, number, number] => {
    const { x, y, width, height } = g.node(String(node));
    return [x - width / 2, y - height / 2, width, height];
  });
  return { seconds, drawing: { ...g.graph(), boxes, lines, wayLength: sumLengths(lines) } };
}

interface ElkPoint {
  readonly x: number;
  readonly y: number;
}
interface ElkResult {
  readonly width: number;
  readonly height: number;
  readonly children: readonly (ElkPoint & { readonly width: number; readonly height: number })[];
  readonly edges: readonly {
    readonly sections: readonly { startPoint: ElkPoint; bendPoints?: ElkPoint[]; endPoint: ElkPoint }[];
  }[];
}

async function layoutElk(load: NodeJS.Require, graph: LayoutGraph): Promise<Timed> {
  const Elk = load(`${PEER_PACKAGES.elkjs}/lib/elk.bundled.js`) as new () => {
    layout(input: object): Promise<ElkResult>;
  };
  const children = Array.from(graph.parents, (_, node) => ({
    id: `n${node}`,
    width: graph.sizes[2 * node],
    height: graph.sizes[2 * node + 1],
  }));
  const edges: { id: string; sources: string[]; targets: string[] }[] = [];
  const tensors: number[] = [];
  forEachReader(graph, (source, target, tensor) => {
    edges.push({ id: `e${edges.length}`, sources: [`n${source}`], targets: [`n${target}`] });
    tensors.push(tensor);
  });
  const layoutOptions = {
    'elk.algorithm': 'layered',
    'elk.direction': 'DOWN',
    'elk.spacing.nodeNode': String(DEFAULT_SPACING.nodeGap),
    'elk.layered.spacing.nodeNodeBetweenLayers': String(DEFAULT_SPACING.layerGap),
  };
  const elk = new Elk();
  const started = performance.now();
  const result = await elk.layout({ id: 'root', layoutOptions, children, edges });
  const seconds = (performance.now() - started) / 1000;
  const lines = result.edges.map(({ sections }, index): DrawnLine => {
    const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [
      startPoint,
      ...bendPoints,
      endPoint,
    ]);
    return { tensor: tensors[index] ?? 0, points: points.flatMap(({ x, y }) => [x, y]) };
  });
  const boxes = result.children.map(({ x, y, width, height }) => [x, y, width, height] as const);
  const { width, height } = result;
  return { seconds, drawing: { width, height, boxes, lines, wayLength: sumLengths(lines) } };
}

function forEachReader({ edges }: LayoutGraph, visit: (source: number, target: number, tensor: number) => void): void {
  edges.forEach(({ source, targets }, tensor) => {
    for (const target of targets) visit(source, target, tensor);
  });
}

function sumLengths(lines: readonly DrawnLine[]): number {
  return lines.reduce((sum, { points }) => sum + lengthOf(points), 0);
}
