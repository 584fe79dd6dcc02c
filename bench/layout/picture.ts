import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import sharp from 'sharp';
import type { Drawing } from './drawing';

/** Largest width and height of a picture. */
const MOST_PIXELS = 2400;
/** Width and height of the part of a drawing that is shown at scale 1. */
const DETAIL = 1400;
const MARGIN = 20;
/** Darkness of a line in a whole drawing, and of one in a lane. */
const LINE = { plain: '#4a5568', lane: '#9db2ce' };
const ROUND = 6;

interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Writes a picture of a whole drawing. */
export async function drawWhole(drawing: Drawing, containers: ReadonlySet<number>, path: string): Promise<void> {
  await draw(drawing, containers, { left: 0, top: 0, width: drawing.width, height: drawing.height }, path);
}

/** Writes a picture at scale 1 of the part around a height, 0 the top to 1 the bottom, where its blocks are. */
export async function drawDetail(
  drawing: Drawing,
  containers: ReadonlySet<number>,
  at: number,
  path: string,
): Promise<void> {
  const top = Math.max(0, Math.min(drawing.height - DETAIL, at * drawing.height));
  const near = drawing.boxes.filter(([, y], node) => !containers.has(node) && y >= top && y < top + DETAIL);
  const middle = near.reduce((sum, [x, , width]) => sum + x + width / 2, 0) / Math.max(1, near.length);
  const left = Math.max(0, Math.min(drawing.width - DETAIL, middle - DETAIL / 2));
  const region = { left, top, width: Math.min(DETAIL, drawing.width), height: Math.min(DETAIL, drawing.height) };
  await draw(drawing, containers, region, path);
}

async function draw(drawing: Drawing, containers: ReadonlySet<number>, region: Region, path: string): Promise<void> {
  const scale = Math.min(1, MOST_PIXELS / Math.max(region.width, region.height));
  const [width, height] = [region.width + 2 * MARGIN, region.height + 2 * MARGIN];
  const box = `${region.left - MARGIN} ${region.top - MARGIN} ${width} ${height}`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" width="${Math.ceil(width * scale)}" height="${Math.ceil(height * scale)}">` +
    `<rect x="${region.left - MARGIN}" y="${region.top - MARGIN}" width="${width}" height="${height}" fill="white"/>` +
    `${boxes(drawing, containers, region)}${lines(drawing, region, Math.max(1.2, 0.6 / scale))}</svg>`;
  mkdirSync(dirname(path), { recursive: true });
  await sharp(Buffer.from(svg), { unlimited: true }).png().toFile(path);
}

function boxes({ boxes: all }: Drawing, containers: ReadonlySet<number>, region: Region): string {
  return all
    .map(([x, y, width, height], node) => {
      if (!isVisible(x, y, x + width, y + height, region)) return '';
      const fill = containers.has(node) ? 'fill="#00000008" stroke="#a0aec0"' : 'fill="#dbe7f5" stroke="#5a7fb0"';
      return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" ${fill}/>`;
    })
    .join('');
}

function lines({ lines: all }: Drawing, region: Region, strokeWidth: number): string {
  return all
    .map(({ points, inLane }) => {
      const xs = points.filter((_, i) => i % 2 === 0);
      const ys = points.filter((_, i) => i % 2 === 1);
      if (!isVisible(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys), region)) return '';
      const stroke = inLane ? LINE.lane : LINE.plain;
      return `<path d="${rounded(xs, ys)}" fill="none" stroke="${stroke}" stroke-width="${strokeWidth}"/>`;
    })
    .join('');
}

function isVisible(left: number, top: number, right: number, bottom: number, region: Region): boolean {
  return (
    right >= region.left &&
    left <= region.left + region.width &&
    bottom >= region.top &&
    top <= region.top + region.height
  );
}

/** A path with rounded corners. */
function rounded(xs: readonly number[], ys: readonly number[]): string {
  let path = `M${xs[0]} ${ys[0]}`;
  for (let i = 1; i < xs.length; i++) {
    const [x = 0, y = 0] = [xs[i], ys[i]];
    const [nextX, nextY] = [xs[i + 1], ys[i + 1]];
    if (nextX === undefined || nextY === undefined) {
      path += `L${x} ${y}`;
      continue;
    }
    const before = Math.hypot(x - (xs[i - 1] ?? 0), y - (ys[i - 1] ?? 0)) || 1;
    const after = Math.hypot(nextX - x, nextY - y) || 1;
    const a = Math.min(ROUND, before / 2) / before;
    const b = Math.min(ROUND, after / 2) / after;
    path += `L${x - (x - (xs[i - 1] ?? 0)) * a} ${y - (y - (ys[i - 1] ?? 0)) * a}`;
    path += `Q${x} ${y} ${x + (nextX - x) * b} ${y + (nextY - y) * b}`;
  }
  return path;
}
