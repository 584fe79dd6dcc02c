/** A box by its corners, in pixels of the original image. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What a detector found. */
export interface Detection extends Box {
  readonly label: number;
  readonly score: number;
}

/** The area of a box; 0 for one that is turned inside out. */
export function areaOf({ left, top, right, bottom }: Box): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}

/** Intersection over union, 0..1. */
export function overlapOf(a: Box, b: Box): number {
  const shared = sharedArea(a, b);
  const union = areaOf(a) + areaOf(b) - shared;
  return union > 0 ? shared / union : 0;
}

/** The share of `a` that lies in `b`, 0..1: how COCO measures overlap with a crowd. */
export function shareInside(a: Box, b: Box): number {
  const area = areaOf(a);
  return area > 0 ? sharedArea(a, b) / area : 0;
}

function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}
