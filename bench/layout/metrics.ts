import type { Drawing } from './drawing';

export interface Metrics {
  /** Places where lines of two different tensors cross. */
  readonly crossings: number;
  /** Length of everything drawn, each stretch of a tensor once. */
  readonly drawnLength: number;
  /** Length of the ways from every tensor's source to each of its readers, shared stretches in full. */
  readonly wayLength: number;
  readonly width: number;
  readonly height: number;
}

interface Segment {
  readonly tensor: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Ends nearer than this to another line touch it, which is a junction and no crossing. */
const TOUCH = 0.01;

/** Measures a drawing, whoever made it, by its geometry alone. */
export function measureDrawing(drawing: Drawing): Metrics {
  const segments = drawnSegments(drawing);
  return {
    crossings: countCrossings(segments),
    drawnLength: segments.reduce((sum, { x1, y1, x2, y2 }) => sum + Math.hypot(x2 - x1, y2 - y1), 0),
    wayLength: drawing.wayLength,
    width: drawing.width,
    height: drawing.height,
  };
}

/** Straight stretches of all lines; stretches of one tensor on the same line are joined, so that none counts twice. */
function drawnSegments({ lines }: Drawing): Segment[] {
  const onLine = new Map<string, { from: number; to: number }[]>();
  const slanted: Segment[] = [];
  const seen = new Set<string>();
  for (const { tensor, points } of lines) {
    for (let i = 2; i < points.length; i += 2) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = points.slice(i - 2, i + 2);
      if (x1 === x2 || y1 === y2) {
        const isVertical = x1 === x2;
        const key = isVertical ? `${tensor} x ${x1}` : `${tensor} y ${y1}`;
        const list = onLine.get(key) ?? [];
        onLine.set(key, list);
        const [a, b] = isVertical ? [y1, y2] : [x1, x2];
        list.push({ from: Math.min(a, b), to: Math.max(a, b) });
      } else {
        const key = `${tensor} ${x1} ${y1} ${x2} ${y2}`;
        if (!seen.has(key))
          slanted.push(y1 <= y2 ? { tensor, x1, y1, x2, y2 } : { tensor, x1: x2, y1: y2, x2: x1, y2: y1 });
        seen.add(key);
      }
    }
  }
  const straight = [...onLine].flatMap(([key, stretches]) => {
    const [tensor = '', axis = '', at = ''] = key.split(' ');
    return join(stretches).map(({ from, to }): Segment => {
      const place = Number(at);
      return axis === 'x'
        ? { tensor: Number(tensor), x1: place, y1: from, x2: place, y2: to }
        : { tensor: Number(tensor), x1: from, y1: place, x2: to, y2: place };
    });
  });
  return [...straight, ...slanted];
}

function join(stretches: { from: number; to: number }[]): { from: number; to: number }[] {
  stretches.sort((a, b) => a.from - b.from);
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of stretches) {
    const last = joined[joined.length - 1];
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else if (to > from) joined.push({ from, to });
  }
  return joined;
}

/** Sweeps down over all segments and compares those that are at the same height. */
export function countCrossings(segments: readonly Segment[]): number {
  const sorted = segments.toSorted((a, b) => a.y1 - b.y1);
  let active: Segment[] = [];
  let crossings = 0;
  for (const segment of sorted) {
    const left = Math.min(segment.x1, segment.x2);
    const right = Math.max(segment.x1, segment.x2);
    let kept = 0;
    for (const other of active) {
      if (other.y2 < segment.y1) continue;
      active[kept++] = other;
      if (other.tensor === segment.tensor) continue;
      if ((other.x1 < left && other.x2 < left) || (other.x1 > right && other.x2 > right)) continue;
      if (cross(segment, other)) crossings++;
    }
    active = active.slice(0, kept);
    active.push(segment);
  }
  return crossings;
}

/** True if two segments have one inner point in common. */
function cross(a: Segment, b: Segment): boolean {
  return separates(a, b) && separates(b, a);
}

/** True if the ends of `b` are on different sides of the line through `a`, neither of them on it. */
function separates(a: Segment, b: Segment): boolean {
  const length = Math.hypot(a.x2 - a.x1, a.y2 - a.y1);
  const side = (x: number, y: number) => ((a.x2 - a.x1) * (y - a.y1) - (a.y2 - a.y1) * (x - a.x1)) / length;
  const first = side(b.x1, b.y1);
  const second = side(b.x2, b.y2);
  return (first > TOUCH && second < -TOUCH) || (first < -TOUCH && second > TOUCH);
}
