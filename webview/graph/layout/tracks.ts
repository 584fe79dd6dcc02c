/** What one tensor (or several that join on their way to one block) does between two layers: a stretch of a horizontal line. */
export interface Net {
  /** x where it comes from above. */
  readonly tops: number[];
  /** x where it goes on below. */
  readonly bottoms: number[];
  /** Horizontal line it runs on, from the top; -1 if it is straight. Set by `assignTracks`. */
  track: number;
  /** Where that line is, once the gaps have their heights. */
  y: number;
}

/** Up to this many nets between two layers are compared pair by pair. */
const MOST_COMPARED = 96;
/** Nets that end nearer to each other are on different lines. */
const MARGIN = 4;
/** Two x that differ by less are straight below each other. */
const STRAIGHT = 0.5;

interface Span {
  readonly net: Net;
  readonly low: number;
  readonly high: number;
}

/** Gives nets that overlap different horizontal lines, in an order with few crossings; returns how many lines there are. */
export function assignTracks(nets: readonly Net[]): number {
  const spans: Span[] = [];
  for (const net of nets) {
    let low = Infinity;
    let high = -Infinity;
    for (const x of net.tops) {
      if (x < low) low = x;
      if (x > high) high = x;
    }
    for (const x of net.bottoms) {
      if (x < low) low = x;
      if (x > high) high = x;
    }
    net.track = -1;
    if (high - low >= STRAIGHT) spans.push({ net, low, high });
  }
  if (spans.length === 0) return 0;
  const ordered = spans.length > MOST_COMPARED ? spans.sort(compareRoughly) : orderByCrossings(spans);
  let count = 0;
  ordered.forEach((span, index) => {
    let track = 0;
    for (let i = 0; i < index; i++) {
      const other = ordered[i];
      if (other && overlap(span, other)) track = Math.max(track, other.net.track + 1);
    }
    span.net.track = track;
    count = Math.max(count, track + 1);
  });
  return count;
}

function overlap(a: Span, b: Span): boolean {
  return a.low < b.high + MARGIN && b.low < a.high + MARGIN;
}

/** From the top: always the net that crosses the others least if it is above all that are left. */
function orderByCrossings(spans: readonly Span[]): Span[] {
  const count = spans.length;
  const excess = new Float64Array(count * count);
  const sums = new Float64Array(count);
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const first = spans[a];
      const second = spans[b];
      if (!first || !second || !overlap(first, second)) continue;
      const difference = crossingsAbove(first, second) - crossingsAbove(second, first);
      excess[a * count + b] = difference;
      excess[b * count + a] = -difference;
      sums[a] = (sums[a] ?? 0) + difference;
      sums[b] = (sums[b] ?? 0) - difference;
    }
  }
  const ordered: Span[] = [];
  const isTaken = new Uint8Array(count);
  for (let step = 0; step < count; step++) {
    let best = -1;
    for (let i = 0; i < count; i++) {
      if (!isTaken[i] && (best < 0 || (sums[i] ?? 0) < (sums[best] ?? 0))) best = i;
    }
    const span = spans[best];
    if (span) ordered.push(span);
    isTaken[best] = 1;
    for (let i = 0; i < count; i++) sums[i] = (sums[i] ?? 0) - (excess[i * count + best] ?? 0);
  }
  return ordered;
}

/** Crossings of two nets if `upper` runs above `lower`. */
function crossingsAbove(upper: Span, lower: Span): number {
  let crossings = 0;
  for (const x of lower.net.tops) if (x >= upper.low && x <= upper.high) crossings++;
  for (const x of upper.net.bottoms) if (x >= lower.low && x <= lower.high) crossings++;
  return crossings;
}

/** Those that go right: the right ones first; those that go left: the left ones first. */
function compareRoughly(a: Span, b: Span): number {
  const toRight = (span: Span) => (span.net.bottoms[0] ?? 0) >= (span.net.tops[0] ?? 0);
  if (toRight(a) !== toRight(b)) return toRight(a) ? -1 : 1;
  return toRight(a) ? b.high - a.high : a.low - b.low;
}
