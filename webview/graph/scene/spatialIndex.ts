/** Entries of one node of the tree: wide enough that the tree is shallow, narrow enough that few misses are tested. */
const NODE_SIZE = 16;
/** Bits an axis of the curve that orders the entries. */
const CURVE_BITS = 16;

/** Finds the rectangles that touch a rectangle. Entries are four numbers each: left, top, right, bottom. */
export interface SpatialIndex {
  /** Indices of the entries that touch the rectangle, in no particular order, appended to `found`. */
  readonly search: (left: number, top: number, right: number, bottom: number, found?: number[]) => number[];
}

/**
 * Packs rectangles into a static tree: sorted along a Z-order curve (Morton, 1966), sixteen to a node, level by level.
 * Takes n log n time and no recursion.
 */
export function createSpatialIndex(bounds: Float64Array): SpatialIndex {
  const count = bounds.length / 4;
  const order = curveOrder(bounds, count);
  const levels: Float64Array[] = [];
  let level = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) {
    const from = 4 * (order[i] ?? 0);
    level.set(bounds.subarray(from, from + 4), 4 * i);
  }
  levels.push(level);
  while (level.length > 4 * NODE_SIZE) {
    level = parentsOf(level);
    levels.push(level);
  }
  return { search: (left, top, right, bottom, found = []) => search(levels, order, [left, top, right, bottom], found) };
}

function search(
  levels: readonly Float64Array[],
  order: Uint32Array,
  [left, top, right, bottom]: readonly [number, number, number, number],
  found: number[],
): number[] {
  const stack = [levels.length - 1, 0];
  while (stack.length > 0) {
    const first = stack.pop() ?? 0;
    const depth = stack.pop() ?? 0;
    const level = levels[depth];
    if (!level) continue;
    const end = Math.min(4 * (first + NODE_SIZE), level.length);
    for (let i = 4 * first; i < end; i += 4) {
      // Within the length of the level, so present; NaN never touches.
      if (!((level[i] ?? NaN) <= right && (level[i + 1] ?? NaN) <= bottom)) continue;
      if (!((level[i + 2] ?? NaN) >= left && (level[i + 3] ?? NaN) >= top)) continue;
      if (depth === 0) found.push(order[i / 4] ?? 0);
      else stack.push(depth - 1, (i / 4) * NODE_SIZE);
    }
  }
  return found;
}

function parentsOf(level: Float64Array): Float64Array<ArrayBuffer> {
  const count = level.length / 4;
  const parents = new Float64Array(4 * Math.ceil(count / NODE_SIZE));
  for (let p = 0; p < parents.length / 4; p++) {
    const box = [Infinity, Infinity, -Infinity, -Infinity] as [number, number, number, number];
    const end = Math.min(count, (p + 1) * NODE_SIZE);
    for (let i = p * NODE_SIZE; i < end; i++) {
      box[0] = Math.min(box[0], level[4 * i] ?? Infinity);
      box[1] = Math.min(box[1], level[4 * i + 1] ?? Infinity);
      box[2] = Math.max(box[2], level[4 * i + 2] ?? -Infinity);
      box[3] = Math.max(box[3], level[4 * i + 3] ?? -Infinity);
    }
    parents.set(box, 4 * p);
  }
  return parents;
}

/** Both axes share one unit, so that nodes of the tree come out about square however long the drawing is. */
function curveOrder(bounds: Float64Array, count: number): Uint32Array {
  let extent = 1;
  for (let i = 0; i < bounds.length; i++) extent = Math.max(extent, bounds[i] ?? 0);
  const unit = (2 ** CURVE_BITS - 1) / extent;
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const x = (((bounds[4 * i] ?? 0) + (bounds[4 * i + 2] ?? 0)) / 2) * unit;
    const y = (((bounds[4 * i + 1] ?? 0) + (bounds[4 * i + 3] ?? 0)) / 2) * unit;
    // 32 bits of curve above 21 bits of index: exact in a double, and sorted without a comparison function.
    keys[i] = (spread(x) + 2 * spread(y)) * 2 ** 21 + i;
  }
  keys.sort();
  return Uint32Array.from(keys, (key) => key % 2 ** 21);
}

/** The bits of a 16-bit number with a zero between each two. */
function spread(value: number): number {
  let bits = Math.min(2 ** CURVE_BITS - 1, Math.max(0, Math.floor(value)));
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}
