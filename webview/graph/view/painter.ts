import { itemRect, type Scene } from '../scene/buildScene';
import { CHANGE_SIGNS } from '../scene/categories';
import { titlePaint, type Decoration } from '../scene/decoration';
import { FAR_FONT, fittingLabel } from '../scene/farLabel';
import { METRICS } from '../scene/measure';
import type { Relations } from '../scene/relations';
import { textWidth } from '../scene/textWidth';
import type { GraphTheme } from '../scene/theme';
import { visibleRect, type Size, type Transform } from '../scene/viewport';
import { CORNER_RADIUS, traceArrow, traceWire } from '../scene/wirePath';

/** What a frame shows. */
export interface Frame {
  readonly scene: Scene;
  readonly transform: Transform;
  readonly size: Size;
  readonly pixelRatio: number;
  readonly theme: GraphTheme;
  readonly fontFamily: string;
  readonly decoration: Decoration;
  readonly selection: ReadonlySet<number>;
  readonly relations: Relations;
  /** True where elements draw the blocks, and the canvas the rest. */
  readonly near: boolean;
}

/** Below these scales, what is left out could not be seen. */
const ARROWS_FROM = 0.2;
const CORNERS_FROM = 0.35;
const TITLES_FROM = 0.12;
/** A block is never drawn smaller than this in screen pixels. */
const LEAST_BLOCK = 1;
/** A container shows its name from this many screen pixels of height. */
const CONTAINER_TITLE_FROM = 60;

/** Draws a frame on a canvas: containers, wires, and far away the blocks too. */
export function paintFrame(context: CanvasRenderingContext2D, frame: Frame): void {
  const { scene, transform, size, pixelRatio, theme } = frame;
  const seen = visibleRect(transform, size);
  const right = seen.x + seen.width;
  const bottom = seen.y + seen.height;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, size.width * pixelRatio, size.height * pixelRatio);
  const scale = transform.scale * pixelRatio;
  context.setTransform(scale, 0, 0, scale, transform.x * pixelRatio, transform.y * pixelRatio);
  paintContainers(context, frame);
  paintWires(context, frame, scene.wireIndex.search(seen.x, seen.y, right, bottom));
  if (!frame.near) {
    const leaves = scene.leafIndex.search(seen.x, seen.y, right, bottom).map((entry) => scene.leaves[entry] ?? 0);
    paintBlocks(context, frame, leaves);
  }
}

function paintContainers(context: CanvasRenderingContext2D, frame: Frame): void {
  const { scene, transform, size, theme, selection, decoration } = frame;
  const seen = visibleRect(transform, size);
  for (const container of scene.containers) {
    const { x, y, width, height } = itemRect(scene, container);
    if (x > seen.x + seen.width || y > seen.y + seen.height || x + width < seen.x || y + height < seen.y) continue;
    const selected = selection.has(container);
    context.fillStyle = theme.container;
    context.fillRect(x, y, width, height);
    const mark = decoration.marks?.get(scene.display.items[container]?.key ?? '');
    context.strokeStyle = selected ? theme.accent : mark ? theme.changes[mark] : theme.containerBorder;
    context.lineWidth = (selected || mark ? 2 : 1) / Math.min(1, transform.scale);
    context.strokeRect(x, y, width, height);
    if (frame.near || height * transform.scale < CONTAINER_TITLE_FROM) continue;
    const font = Math.max(METRICS.titleFont, FAR_FONT / transform.scale);
    const item = scene.display.items[container];
    if (!item || font > METRICS.containerHeader * 1.2 || textWidth(item.title, font, true) > width) continue;
    context.fillStyle = theme.text;
    setFont(context, frame, font);
    context.fillText(item.title, x + METRICS.sidePadding, y + METRICS.containerHeader / 2);
  }
}

function paintWires(context: CanvasRenderingContext2D, frame: Frame, pieces: readonly number[]): void {
  const { scene, theme, relations } = frame;
  const inLane = (piece: number): boolean => scene.layout.pieceInLane[piece] === 1;
  const isLit = (piece: number): boolean => relations.pieces.has(piece);
  strokePieces(
    context,
    frame,
    pieces.filter((piece) => inLane(piece) && !isLit(piece)),
    { color: theme.laneWire, width: 1 },
  );
  strokePieces(
    context,
    frame,
    pieces.filter((piece) => !inLane(piece) && !isLit(piece)),
    { color: theme.wire, width: 1.2 },
  );
  strokePieces(context, frame, pieces.filter(isLit), { color: theme.accent, width: 2.2 });
}

interface Stroke {
  readonly color: string;
  /** In CSS pixels at scale 1. */
  readonly width: number;
}

function strokePieces(
  context: CanvasRenderingContext2D,
  frame: Frame,
  pieces: readonly number[],
  { color, width }: Stroke,
): void {
  if (pieces.length === 0) return;
  const { scene, transform } = frame;
  const { points, pieceStarts } = scene.layout;
  const radius = transform.scale >= CORNERS_FROM ? CORNER_RADIUS : 0;
  context.strokeStyle = color;
  context.lineWidth = transform.scale < 1 ? Math.max(width, (width * 0.6) / transform.scale) : width;
  context.beginPath();
  for (const piece of pieces) traceWire(context, points, pieceStarts[piece] ?? 0, pieceStarts[piece + 1] ?? 0, radius);
  context.stroke();
  if (transform.scale < ARROWS_FROM) return;
  context.fillStyle = color;
  context.beginPath();
  for (const piece of pieces)
    if (scene.pieceHasArrow[piece] === 1) traceArrow(context, points, pieceStarts[piece + 1] ?? 0);
  context.fill();
}

/** Blocks of one colour are drawn together: changing the colour costs more than a rectangle. */
function paintBlocks(context: CanvasRenderingContext2D, frame: Frame, leaves: readonly number[]): void {
  const { scene, decoration, theme, transform } = frame;
  const byFill = new Map<string, { readonly ink: string; readonly edge: string; readonly items: number[] }>();
  for (const leaf of leaves) {
    const item = scene.display.items[leaf];
    if (!item) continue;
    const { fill, ink, edge } = titlePaint(item, decoration, theme);
    const key = `${fill} ${edge}`;
    const batch = byFill.get(key);
    if (batch) batch.items.push(leaf);
    else byFill.set(key, { ink, edge, items: [leaf] });
  }
  const least = LEAST_BLOCK / transform.scale;
  const withOutline = transform.scale >= ARROWS_FROM;
  for (const [key, { ink, edge, items }] of byFill) {
    const fill = key.slice(0, key.length - edge.length - 1);
    context.fillStyle = fill === theme.background && !withOutline ? edge : fill;
    context.strokeStyle = edge;
    context.lineWidth = 1 / transform.scale;
    for (const leaf of items) {
      const { x, y, width, height } = itemRect(scene, leaf);
      context.fillRect(x, y, Math.max(least, width), Math.max(least, height));
      if (withOutline && fill !== edge) context.strokeRect(x, y, width, height);
    }
    if (transform.scale >= TITLES_FROM) paintTitles(context, frame, items, ink);
  }
  paintRings(context, frame, leaves);
}

/** Titles in the middle of their blocks, as large as they fit; the category's sign where they do not. */
function paintTitles(context: CanvasRenderingContext2D, frame: Frame, items: readonly number[], ink: string): void {
  const { scene, transform, decoration } = frame;
  context.fillStyle = ink;
  context.textAlign = 'center';
  let current = 0;
  for (const leaf of items) {
    const item = scene.display.items[leaf];
    const rect = itemRect(scene, leaf);
    const label = item && fittingLabel(item, decoration, rect.width * transform.scale, rect.height * transform.scale);
    if (!label) continue;
    if (label.font !== current) setFont(context, frame, label.font / transform.scale);
    current = label.font;
    context.fillText(label.text, rect.x + rect.width / 2, rect.y + rect.height / 2);
  }
  context.textAlign = 'start';
}

function paintRings(context: CanvasRenderingContext2D, frame: Frame, leaves: readonly number[]): void {
  const { scene, decoration, theme, transform, selection, relations } = frame;
  const ring = (leaf: number, color: string, width: number): void => {
    const { x, y, width: w, height: h } = itemRect(scene, leaf);
    const gap = width / transform.scale;
    context.strokeStyle = color;
    context.lineWidth = gap;
    context.strokeRect(x - gap, y - gap, w + 2 * gap, h + 2 * gap);
  };
  for (const leaf of leaves) {
    const mark = decoration.marks?.get(scene.display.items[leaf]?.key ?? '');
    if (mark) {
      ring(leaf, theme.changes[mark], 2);
      if (transform.scale >= TITLES_FROM)
        paintChangeSign(context, frame, leaf, CHANGE_SIGNS[mark], theme.changes[mark]);
    }
    if (selection.has(leaf)) ring(leaf, theme.accent, 3);
    else if (relations.items.has(leaf)) ring(leaf, theme.accent, 1);
  }
}

function paintChangeSign(
  context: CanvasRenderingContext2D,
  frame: Frame,
  leaf: number,
  sign: string,
  color: string,
): void {
  const { x, y } = itemRect(frame.scene, leaf);
  const radius = 6 / frame.transform.scale;
  context.fillStyle = frame.theme.surface;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = color;
  context.textAlign = 'center';
  setFont(context, frame, 2 * radius);
  context.fillText(sign, x, y);
  context.textAlign = 'start';
}

function setFont(context: CanvasRenderingContext2D, frame: Frame, size: number): void {
  context.font = `600 ${size}px ${frame.fontFamily}`;
  context.textBaseline = 'middle';
}
