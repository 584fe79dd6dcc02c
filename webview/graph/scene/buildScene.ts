import type { LayoutResult } from '../layout/types';
import type { DisplayGraph } from '../model/display';
import { METRICS } from './measure';
import { createSpatialIndex, type SpatialIndex } from './spatialIndex';

/** Everything that drawing, pointing and walking through a laid-out graph need. Items and edges are known by index. */
export interface Scene {
  readonly display: DisplayGraph;
  readonly layout: LayoutResult;
  /** Expanded items, outer ones first. */
  readonly containers: readonly number[];
  /** Of all that is drawn as a block; entries stand for `leaves`. */
  readonly leafIndex: SpatialIndex;
  readonly leaves: Uint32Array;
  /** Of the pieces of wires. */
  readonly wireIndex: SpatialIndex;
  /** Of the labels of edges; entries stand for `labelEdges`. */
  readonly labelIndex: SpatialIndex;
  readonly labelEdges: Uint32Array;
  /** 1 for pieces that end at a target, which get an arrow head. */
  readonly pieceHasArrow: Uint8Array;
  readonly itemByKey: ReadonlyMap<string, number>;
  readonly edgeByKey: ReadonlyMap<string, number>;
  /** Edges that leave an item, in the order of the display graph. */
  readonly outgoing: Adjacency;
  /** Edges that enter an item. */
  readonly incoming: Adjacency;
}

/** Lists of edges by item, in one array. */
export interface Adjacency {
  readonly starts: Uint32Array;
  readonly edges: Uint32Array;
}

/** A rectangle in the coordinates of the scene. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Room around a wire's middle that its stroke and arrow head take. */
const WIRE_MARGIN = 6;
/** Half of a label's height: it stands in the middle of the point the layout gave. */
const LABEL_HALF_HEIGHT = METRICS.labelHeight / 2;

/** Joins a display graph with its layout, and indexes both. */
export function buildScene(display: DisplayGraph, layout: LayoutResult, labelWidths: readonly number[]): Scene {
  const leaves = Uint32Array.from(display.items.keys()).filter((i) => !display.items[i]?.expanded);
  const labelEdges = Uint32Array.from(display.edges.keys()).filter(
    (e) => (labelWidths[e] ?? 0) > 0 && Number.isFinite(layout.labels[2 * e] ?? NaN),
  );
  return {
    display,
    layout,
    containers: [...display.items.keys()].filter((i) => display.items[i]?.expanded),
    leaves,
    leafIndex: createSpatialIndex(leafBounds(layout, leaves)),
    wireIndex: createSpatialIndex(pieceBounds(layout)),
    labelEdges,
    labelIndex: createSpatialIndex(labelBounds(layout, labelEdges, labelWidths)),
    pieceHasArrow: arrowPieces(layout),
    itemByKey: new Map(display.items.map((item, i) => [item.key, i])),
    edgeByKey: new Map(display.edges.map((edge, e) => [edge.key, e])),
    outgoing: adjacency(display, (e) => [display.edges[e]?.source ?? 0]),
    incoming: adjacency(display, (e) => display.edges[e]?.targets ?? []),
  };
}

/** Where an item is. */
export function itemRect({ layout }: Scene, item: number): Rect {
  const { boxes } = layout;
  return {
    x: boxes[4 * item] ?? 0,
    y: boxes[4 * item + 1] ?? 0,
    width: boxes[4 * item + 2] ?? 0,
    height: boxes[4 * item + 3] ?? 0,
  };
}

/** The edges of an item in one direction. */
export function edgesOf(adjacent: Adjacency, item: number): Uint32Array {
  return adjacent.edges.subarray(adjacent.starts[item] ?? 0, adjacent.starts[item + 1] ?? 0);
}

/** True where `item` is `container` or lies in it at any depth. */
export function isWithin({ display }: Scene, item: number, container: number): boolean {
  for (let i = item; i >= 0; i = display.items[i]?.parent ?? -1) if (i === container) return true;
  return false;
}

/** Whether an even or an odd number of containers is around an item: neighbours in depth get different grounds. */
export function depthParity({ display }: Scene, item: number): 0 | 1 {
  let parity: 0 | 1 = 0;
  for (let i = display.items[item]?.parent ?? -1; i >= 0; i = display.items[i]?.parent ?? -1)
    parity = parity === 0 ? 1 : 0;
  return parity;
}

/** The smallest rectangle around items, undefined without any. */
export function boundsOf(scene: Scene, items: readonly number[]): Rect | undefined {
  if (items.length === 0) return undefined;
  const rects = items.map((item) => itemRect(scene, item));
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  const right = Math.max(...rects.map((rect) => rect.x + rect.width));
  const bottom = Math.max(...rects.map((rect) => rect.y + rect.height));
  return { x, y, width: right - x, height: bottom - y };
}

function leafBounds({ boxes }: LayoutResult, leaves: Uint32Array): Float64Array {
  const bounds = new Float64Array(4 * leaves.length);
  leaves.forEach((item, i) => {
    const x = boxes[4 * item] ?? 0;
    const y = boxes[4 * item + 1] ?? 0;
    bounds.set([x, y, x + (boxes[4 * item + 2] ?? 0), y + (boxes[4 * item + 3] ?? 0)], 4 * i);
  });
  return bounds;
}

function pieceBounds({ points, pieceStarts }: LayoutResult): Float64Array {
  const bounds = new Float64Array(4 * Math.max(0, pieceStarts.length - 1));
  for (let p = 0; 4 * p < bounds.length; p++) {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = pieceStarts[p] ?? 0; i < (pieceStarts[p + 1] ?? 0); i++) {
      const x = points[2 * i] ?? 0;
      const y = points[2 * i + 1] ?? 0;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    bounds.set([left - WIRE_MARGIN, top - WIRE_MARGIN, right + WIRE_MARGIN, bottom + WIRE_MARGIN], 4 * p);
  }
  return bounds;
}

function labelBounds(layout: LayoutResult, edges: Uint32Array, widths: readonly number[]): Float64Array {
  const bounds = new Float64Array(4 * edges.length);
  edges.forEach((e, i) => {
    const x = layout.labels[2 * e] ?? 0;
    const y = layout.labels[2 * e + 1] ?? 0;
    const half = (widths[e] ?? 0) / 2;
    bounds.set([x - half, y - LABEL_HALF_HEIGHT, x + half, y + LABEL_HALF_HEIGHT], 4 * i);
  });
  return bounds;
}

function arrowPieces({ paths, pieceStarts }: LayoutResult): Uint8Array {
  const arrows = new Uint8Array(Math.max(0, pieceStarts.length - 1));
  for (const targets of paths) {
    for (const pieces of targets) {
      const last = pieces.at(-1);
      if (last !== undefined) arrows[last] = 1;
    }
  }
  return arrows;
}

function adjacency(display: DisplayGraph, itemsOf: (edge: number) => readonly number[]): Adjacency {
  const starts = new Uint32Array(display.items.length + 1);
  display.edges.forEach((_edge, e) => {
    for (const item of itemsOf(e)) starts[item + 1] = (starts[item + 1] ?? 0) + 1;
  });
  for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
  const next = starts.slice();
  const edges = new Uint32Array(starts.at(-1) ?? 0);
  display.edges.forEach((_edge, e) => {
    for (const item of itemsOf(e)) {
      const at = next[item] ?? 0;
      edges[at] = e;
      next[item] = at + 1;
    }
  });
  return { starts, edges };
}
