import type { WeightDetails } from '../../../src/protocol';
import { element } from '../../ui/dom';

/** A cell is drawn this large at least, so that a small matrix is seen at all. */
const MAX_CELL_PX = 10;
const MAX_WIDTH_PX = 320;
const MAX_HEIGHT_PX = 320;

/**
 * Draws the kept share of every cell of a weight: full colour is kept, background is pruned.
 * One pixel a cell, enlarged by the style without smoothing.
 */
export function createMaskChart(mask: WeightDetails['mask'], description: string): HTMLCanvasElement {
  const canvas = element('canvas', { class: 'mask', role: 'img', 'aria-label': description });
  canvas.width = Math.max(1, mask.columns);
  canvas.height = Math.max(1, mask.rows);
  const cell = Math.min(MAX_CELL_PX, MAX_WIDTH_PX / canvas.width, MAX_HEIGHT_PX / canvas.height);
  canvas.style.width = `${canvas.width * cell}px`;
  canvas.style.height = `${canvas.height * cell}px`;
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--press-series').trim() || '#3794ff';
  for (let row = 0; row < mask.rows; row++) {
    for (let column = 0; column < mask.columns; column++) {
      context.globalAlpha = Math.max(0, Math.min(1, mask.kept[row * mask.columns + column] ?? 0));
      context.fillRect(column, row, 1, 1);
    }
  }
  return canvas;
}
