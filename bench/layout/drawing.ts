/** What any of the layouts drew: blocks, and for each tensor the lines that stand for it. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Left, top, width, height of each node. */
  readonly boxes: readonly (readonly [number, number, number, number])[];
  readonly lines: readonly DrawnLine[];
  /** Sum over all tensors and readers of the length of the way from the one to the other, shared stretches in full. */
  readonly wayLength: number;
}

export interface DrawnLine {
  readonly tensor: number;
  /** x and y alternating. */
  readonly points: readonly number[];
  readonly inLane?: boolean;
}

/** Length of a polyline, `points` being x and y alternating. */
export function lengthOf(points: readonly number[]): number {
  let length = 0;
  for (let i = 2; i < points.length; i += 2) {
    length += Math.hypot((points[i] ?? 0) - (points[i - 2] ?? 0), (points[i + 1] ?? 0) - (points[i - 1] ?? 0));
  }
  return length;
}
