import { itemRect } from '../scene/buildScene';
import { CHANGE_SIGNS, COUPLED_SIGN } from '../scene/categories';
import { titlePaint } from '../scene/decoration';
import { fittingLabel } from '../scene/farLabel';
import type { Paint } from '../scene/theme';
import { setFont, type Frame } from './frame';

/** A block is never drawn smaller than this in pixels of the screen. */
const LEAST_BLOCK = 2;
/** Below these scales, what is left out could not be seen. */
const OUTLINES_FROM = 0.2;
const TITLES_FROM = 0.12;
/** How far the outer line of a double ring is from its block, in pixels of the screen. */
const COUPLED_RING = 5;

interface Batch {
  readonly paint: Paint;
  readonly items: number[];
}

/** Paints blocks seen from afar: those of one colour together, as changing the colour costs more than a rectangle. */
export function paintBlocks(context: CanvasRenderingContext2D, frame: Frame, leaves: readonly number[]): void {
  const batches = batchByPaint(frame, leaves);
  paintRectangles(context, frame, batches);
  if (frame.transform.scale >= TITLES_FROM) {
    for (const { paint, items } of batches) paintTitles(context, frame, items, paint.ink);
  }
  paintRings(context, frame, leaves);
}

function batchByPaint({ scene, decoration, theme }: Frame, leaves: readonly number[]): readonly Batch[] {
  const batches = new Map<string, Batch>();
  for (const leaf of leaves) {
    const item = scene.display.items[leaf];
    if (!item) continue;
    const paint = titlePaint(item, decoration, theme);
    const key = `${paint.fill} ${paint.edge}`;
    const batch = batches.get(key);
    if (batch) batch.items.push(leaf);
    else batches.set(key, { paint, items: [leaf] });
  }
  return [...batches.values()];
}

/** Rectangles start and end with pixels of the screen, so that they are crisp however small. */
function paintRectangles(context: CanvasRenderingContext2D, frame: Frame, batches: readonly Batch[]): void {
  const { scene, transform, pixelRatio, theme } = frame;
  const scale = transform.scale * pixelRatio;
  const [offsetX, offsetY] = [transform.x * pixelRatio, transform.y * pixelRatio];
  const withOutline = transform.scale >= OUTLINES_FROM;
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.lineWidth = pixelRatio;
  for (const { paint, items } of batches) {
    context.fillStyle = paint.fill === theme.background && !withOutline ? paint.edge : paint.fill;
    context.strokeStyle = paint.edge;
    for (const leaf of items) {
      const rect = itemRect(scene, leaf);
      const x = Math.round(rect.x * scale + offsetX);
      const y = Math.round(rect.y * scale + offsetY);
      const width = Math.max(LEAST_BLOCK, Math.round(rect.width * scale));
      const height = Math.max(LEAST_BLOCK, Math.round(rect.height * scale));
      context.fillRect(x, y, width, height);
      const inset = pixelRatio / 2;
      if (withOutline && paint.fill !== paint.edge) {
        context.strokeRect(x + inset, y + inset, width - pixelRatio, height - pixelRatio);
      }
    }
  }
  context.restore();
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
  const { scene, decoration, theme, transform, selection, relations, coupled } = frame;
  const ring = (leaf: number, color: string, width: number, away = width): void => {
    const { x, y, width: w, height: h } = itemRect(scene, leaf);
    const gap = away / transform.scale;
    context.strokeStyle = color;
    context.lineWidth = width / transform.scale;
    context.strokeRect(x - gap, y - gap, w + 2 * gap, h + 2 * gap);
  };
  for (const leaf of leaves) {
    const mark = decoration.marks?.get(scene.display.items[leaf]?.key ?? '');
    if (mark) {
      ring(leaf, theme.changes[mark], 2);
      if (transform.scale >= TITLES_FROM)
        paintSign(context, frame, leaf, { sign: CHANGE_SIGNS[mark], color: theme.changes[mark], corner: 'left' });
    }
    if (selection.has(leaf)) ring(leaf, theme.accent, 3);
    else if (coupled.has(leaf)) {
      ring(leaf, theme.accent, 2);
      ring(leaf, theme.accent, 1, COUPLED_RING);
      if (transform.scale >= TITLES_FROM)
        paintSign(context, frame, leaf, { sign: COUPLED_SIGN, color: theme.text, corner: 'right' });
    } else if (relations.items.has(leaf)) ring(leaf, theme.accent, 1);
    else if (decoration.matches?.has(scene.display.items[leaf]?.key ?? '') === true) {
      context.setLineDash([4 / transform.scale, 3 / transform.scale]);
      ring(leaf, theme.accent, 2);
      context.setLineDash([]);
    }
  }
}

interface CornerSign {
  readonly sign: string;
  readonly color: string;
  readonly corner: 'left' | 'right';
}

/** A sign on an upper corner of a block, as large on the screen however far away. */
function paintSign(
  context: CanvasRenderingContext2D,
  frame: Frame,
  leaf: number,
  { sign, color, corner }: CornerSign,
): void {
  const { x: left, y, width } = itemRect(frame.scene, leaf);
  const x = corner === 'left' ? left : left + width;
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
