/** How far corners of wires are rounded, and the size of arrow heads, in CSS pixels at scale 1. */
export const CORNER_RADIUS = 8;
const ARROW_LENGTH = 7;
const ARROW_HALF_WIDTH = 3.5;

/** What both a canvas and a text of SVG path commands can take. */
export interface PathSink {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  quadraticCurveTo(controlX: number, controlY: number, x: number, y: number): void;
}

/**
 * Traces the polyline of points `start` to `end` (exclusive) with corners rounded by at most `radius`;
 * a radius of 0 draws them sharp.
 */
export function traceWire(sink: PathSink, points: Float32Array, start: number, end: number, radius: number): void {
  let fromX = points[2 * start] ?? 0;
  let fromY = points[2 * start + 1] ?? 0;
  sink.moveTo(fromX, fromY);
  for (let i = start + 1; i < end; i++) {
    const x = points[2 * i] ?? 0;
    const y = points[2 * i + 1] ?? 0;
    if (i === end - 1 || radius === 0) sink.lineTo(x, y);
    else roundCorner(sink, [fromX, fromY], [x, y], [points[2 * i + 2] ?? 0, points[2 * i + 3] ?? 0], radius);
    fromX = x;
    fromY = y;
  }
}

type Point = readonly [x: number, y: number];

function roundCorner(sink: PathSink, from: Point, corner: Point, to: Point, radius: number): void {
  const before = Math.hypot(corner[0] - from[0], corner[1] - from[1]);
  const after = Math.hypot(to[0] - corner[0], to[1] - corner[1]);
  const room = Math.min(radius, before / 2, after / 2);
  if (room < 0.5) {
    sink.lineTo(corner[0], corner[1]);
    return;
  }
  const a = room / before;
  const b = room / after;
  sink.lineTo(corner[0] + (from[0] - corner[0]) * a, corner[1] + (from[1] - corner[1]) * a);
  sink.quadraticCurveTo(corner[0], corner[1], corner[0] + (to[0] - corner[0]) * b, corner[1] + (to[1] - corner[1]) * b);
}

/**
 * Traces the head of an arrow at the last point before `end`, along the last stretch; to be filled.
 * Nothing is traced where the points say no direction.
 */
export function traceArrow(sink: PathSink, points: Float32Array, end: number): void {
  const x = points[2 * end - 2] ?? 0;
  const y = points[2 * end - 1] ?? 0;
  const dx = x - (points[2 * end - 4] ?? x);
  const dy = y - (points[2 * end - 3] ?? y);
  const length = Math.hypot(dx, dy);
  if (length === 0) return;
  const [ux, uy] = [dx / length, dy / length];
  const [baseX, baseY] = [x - ux * ARROW_LENGTH, y - uy * ARROW_LENGTH];
  sink.moveTo(x, y);
  sink.lineTo(baseX - uy * ARROW_HALF_WIDTH, baseY + ux * ARROW_HALF_WIDTH);
  sink.lineTo(baseX + uy * ARROW_HALF_WIDTH, baseY - ux * ARROW_HALF_WIDTH);
  sink.lineTo(x, y);
}

/** Creates a sink that writes the `d` of an SVG path, lengths to a tenth of a pixel. */
export function createSvgPath(): PathSink & { readonly text: () => string } {
  const parts: string[] = [];
  return {
    moveTo: (x, y) => void parts.push(`M${tenth(x)} ${tenth(y)}`),
    lineTo: (x, y) => void parts.push(`L${tenth(x)} ${tenth(y)}`),
    quadraticCurveTo: (cx, cy, x, y) => void parts.push(`Q${tenth(cx)} ${tenth(cy)} ${tenth(x)} ${tenth(y)}`),
    text: () => parts.join(''),
  };
}

/** A number for SVG: at most one decimal, no negative zero. */
export function tenth(value: number): string {
  return String(Math.round(value * 10) / 10 + 0);
}
