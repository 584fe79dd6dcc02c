import type { LayoutResult } from '../../../../webview/graph/layout/types';
import type { DisplayEdge, DisplayGraph, DisplayItem } from '../../../../webview/graph/model/display';
import { buildScene, type Scene } from '../../../../webview/graph/scene/buildScene';
import { edgeLabelWidth, measureItem, METRICS } from '../../../../webview/graph/scene/measure';

const GAP = 40;
const PADDING = 16;
const LANE_X = 420;
const MIDDLE = 200;
const WIDTH = 560;

/** An item with what a test does not care about filled in. */
export function item(key: string, changes: Partial<DisplayItem> = {}): DisplayItem {
  return {
    key,
    kind: 'operator',
    parent: -1,
    expanded: false,
    expandable: false,
    title: key,
    name: `name of ${key}`,
    category: 'other',
    rows: [],
    members: [{ graph: 0, node: 0 }],
    nodeCount: changes.members?.length ?? 1,
    ...changes,
  };
}

/** An edge with what a test does not care about filled in. */
export function edge(source: number, targets: readonly number[], changes: Partial<DisplayEdge> = {}): DisplayEdge {
  return {
    key: `t:0/${source}`,
    tensor: { graph: 0, tensor: source },
    source,
    targets,
    label: '',
    ...changes,
  };
}

/** Stacks leaves in a column, containers around them; edges to anything but the next leaf run in a lane on the right. */
export function columnLayout(display: DisplayGraph, overlayVisible = false): LayoutResult {
  const boxes = new Float64Array(4 * display.items.length);
  let y = 0;
  display.items.forEach((entry, i) => {
    const { width, height, header } = measureItem(entry, overlayVisible);
    boxes.set([MIDDLE - width / 2, y, width, height], 4 * i);
    y += entry.expanded ? header + PADDING : height + GAP;
  });
  for (let i = display.items.length - 1; i >= 0; i--) if (display.items[i]!.expanded) enclose(display, boxes, i);
  const leaves = [...display.items.keys()].filter((i) => !display.items[i]!.expanded);
  const points: number[] = [];
  const starts = [0];
  const pieceEdges: number[] = [];
  const lanes: number[] = [];
  const paths = display.edges.map((entry, e) =>
    entry.targets.map((target) => {
      const isNext = leaves.indexOf(target) === leaves.indexOf(entry.source) + 1;
      points.push(...(isNext ? straight(boxes, entry.source, target) : around(boxes, entry.source, target)));
      starts.push(points.length / 2);
      lanes.push(isNext ? 0 : 1);
      return [pieceEdges.push(e) - 1];
    }),
  );
  const labels = new Float32Array(2 * display.edges.length).fill(NaN);
  display.edges.forEach((entry, e) => {
    const width = edgeLabelWidth(entry);
    if (width > 0) labels.set([MIDDLE + width / 2 + 6, bottom(boxes, entry.source) + 12], 2 * e);
  });
  return {
    width: WIDTH,
    height: y,
    boxes,
    points: Float32Array.from(points),
    pieceStarts: Uint32Array.from(starts),
    pieceEdges: Uint32Array.from(pieceEdges),
    pieceInLane: Uint8Array.from(lanes),
    paths,
    labels,
  };
}

/** The scene of a display graph in a column. */
export function columnScene(display: DisplayGraph, overlayVisible = false): Scene {
  return buildScene(display, columnLayout(display, overlayVisible), display.edges.map(edgeLabelWidth));
}

/** A small network with all there is to draw: an open group, a closed one, quantization, a long skip. */
export function sampleGraph(): DisplayGraph {
  const quantization = {
    text: 'u8 scale 0.0235 zero point 114 range -2.68 .. 3.31',
    brief: 'u8 -2.68 .. 3.31',
    short: 'u8',
    grid: { dataType: 'uint8', scales: [0.0235], zeroPoints: [114], integerRange: [0, 255] as const },
    summary: { scaleCount: 1, scaleRange: [0.0235, 0.0235], zeroPointRange: [114, 114] } as const,
    nodes: [],
  };
  return {
    items: [
      item('i:0/0', {
        kind: 'input',
        title: 'Input',
        category: 'boundary',
        rows: [{ kind: 'attribute', label: '', value: 'float32 1×3×32×32' }],
        members: [],
      }),
      item('g:0/layer1', { kind: 'group', title: 'layer1', expanded: true, expandable: true, category: 'convolution' }),
      item('n:0/0', {
        parent: 1,
        title: 'Conv',
        category: 'convolution',
        rows: [
          { kind: 'attribute', label: 'kernel', value: '3×3' },
          { kind: 'weight', label: 'W', value: '16×3×3×3' },
          { kind: 'quantization', label: 'W', value: 's8 per channel (16) scale 0.001 .. 0.02' },
        ],
      }),
      item('n:0/1', { parent: 1, title: 'Relu', category: 'activation' }),
      item('g:0/layer2', {
        kind: 'group',
        title: 'layer2',
        expandable: true,
        category: 'matrix',
        rows: [{ kind: 'summary', label: '12 nodes', value: '1.2 MB' }],
        members: [1, 2, 3].map((node) => ({ graph: 0, node })),
      }),
      item('n:0/5', { title: 'Add', category: 'elementwise' }),
      item('o:0/9', { kind: 'output', title: 'Output', category: 'boundary', members: [] }),
    ],
    edges: [
      edge(0, [2], { label: 'float32 1×3×32×32' }),
      edge(2, [3], { label: 'float32 1×16×32×32', quantization }),
      edge(3, [4, 5]),
      edge(4, [5]),
      edge(5, [6]),
    ],
  };
}

function enclose(display: DisplayGraph, boxes: Float64Array, container: number): void {
  const inside = [...display.items.keys()].filter((i) => display.items[i]!.parent === container);
  const left = Math.min(...inside.map((i) => boxes[4 * i]!)) - PADDING;
  const right = Math.max(...inside.map((i) => boxes[4 * i]! + boxes[4 * i + 2]!)) + PADDING;
  const top = Math.min(...inside.map((i) => boxes[4 * i + 1]!)) - METRICS.containerHeader - PADDING / 2;
  const low = Math.max(...inside.map((i) => bottom(boxes, i))) + PADDING;
  boxes.set([left, top, right - left, low - top], 4 * container);
}

function straight(boxes: Float64Array, source: number, target: number): number[] {
  return [MIDDLE, bottom(boxes, source), MIDDLE, boxes[4 * target + 1]!];
}

function around(boxes: Float64Array, source: number, target: number): number[] {
  const [from, to] = [bottom(boxes, source), boxes[4 * target + 1]!];
  const x = MIDDLE + 12;
  return [MIDDLE, from, MIDDLE, from + 10, LANE_X, from + 10, LANE_X, to - 14, x, to - 14, x, to];
}

function bottom(boxes: Float64Array, box: number): number {
  return boxes[4 * box + 1]! + boxes[4 * box + 3]!;
}
