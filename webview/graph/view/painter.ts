import { depthParity, itemRect } from '../scene/buildScene';
import { FAR_FONT } from '../scene/farLabel';
import { METRICS } from '../scene/measure';
import { textWidth } from '../scene/textWidth';
import { visibleRect } from '../scene/viewport';
import { paintBlocks } from './blockPainter';
import { setFont, type Frame } from './frame';
import { CORNER_RADIUS, traceArrow, traceWire } from '../scene/wirePath';

/** Below these scales, what is left out could not be seen. */
const ARROWS_FROM = 0.2;
const CORNERS_FROM = 0.35;
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
    context.fillStyle = theme.containers[depthParity(scene, container)];
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
