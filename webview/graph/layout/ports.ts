import { Side, type PlacedLane } from './lanes';
import { isBlock, widthOf, type Layering } from './layering';
import type { Spacing } from './spacing';

/** Ports keep this far from the corners of a block. */
const CORNER = 5;
/** Two x that differ by less are straight below each other. */
const STRAIGHT = 0.5;

/** Where lines meet the borders of blocks, as x. */
export interface Ports {
  readonly linkTop: Float64Array;
  readonly linkBottom: Float64Array;
  /** Of lane `l`: where it leaves its source. */
  readonly laneSource: Float64Array;
  /** Of lane `l` and the `i`-th of its targets: `laneTargets[l][i]`. */
  readonly laneTargets: readonly Float64Array[];
}

/** One line that meets a border; those of one slot share a place. */
interface Slot {
  /** x that it comes from; minus or plus infinity for lanes. */
  readonly from: number;
  readonly write: (place: number) => void;
}

/**
 * Spreads what enters and leaves a block over its borders, in the order in which it comes. A line that comes from
 * straight above stays straight; all lanes of one side come in at one place.
 */
export function placePorts(
  layering: Layering,
  lanes: readonly PlacedLane[],
  x: Float64Array,
  { portGap }: Spacing,
): Ports {
  const { graph, links, itemCount } = layering;
  const ports: Ports = {
    linkTop: new Float64Array(links.count),
    linkBottom: new Float64Array(links.count),
    laneSource: new Float64Array(lanes.length),
    laneTargets: lanes.map(({ targets }) => new Float64Array(targets.length)),
  };
  for (let link = 0; link < links.count; link++) {
    ports.linkTop[link] = (x[links.upper[link] ?? 0] ?? 0) + (links.upperOffset[link] ?? 0);
    ports.linkBottom[link] = (x[links.lower[link] ?? 0] ?? 0) + (links.lowerOffset[link] ?? 0);
  }
  const lanesInto: { lane: number; index: number }[][] = Array.from({ length: itemCount }, () => []);
  const lanesOut: number[][] = Array.from({ length: itemCount }, () => []);
  const lanesFrom = new Map<number, number>();
  lanes.forEach(({ edge, targets }, lane) => {
    const { source = 0, sourceOffset = NaN, targets: items = [], targetOffsets = [] } = graph.edges[edge] ?? {};
    lanesFrom.set(edge, lane);
    lanesOut[source]?.push(lane);
    ports.laneSource[lane] = (x[source] ?? 0) + (Number.isNaN(sourceOffset) ? 0 : sourceOffset);
    targets.forEach((t, index) => {
      const item = items[t] ?? 0;
      const fixed = targetOffsets[t] ?? NaN;
      const places = ports.laneTargets[lane];
      if (Number.isNaN(fixed)) lanesInto[item]?.push({ lane, index });
      if (places) places[index] = (x[item] ?? 0) + (Number.isNaN(fixed) ? 0 : fixed);
    });
  });
  const outgoing: number[][] = Array.from({ length: itemCount }, () => []);
  graph.edges.forEach(({ source, sourceOffset }, edge) => {
    if (Number.isNaN(sourceOffset)) outgoing[source]?.push(edge);
  });
  // Bottoms first: where a block's line leaves decides what is straight above the next block.
  for (let item = 0; item < itemCount; item++) {
    if (!isBlock(layering, item) || isStraight(links.downStart, links.down, item, lanesOut)) continue;
    const slots = (outgoing[item] ?? []).flatMap((edge) => bottomSlots(item, edge));
    spread(x[item] ?? 0, widthOf(layering, item), portGap, slots);
  }
  for (let item = 0; item < itemCount; item++) {
    if (!isBlock(layering, item) || isStraight(links.upStart, links.up, item, lanesInto)) continue;
    spread(x[item] ?? 0, widthOf(layering, item), portGap, topSlots(item));
  }
  return ports;

  /** True where a single line meets a block straight in its middle, which is most often so. */
  function isStraight(
    start: Int32Array,
    list: Int32Array,
    item: number,
    lanesAt: readonly { readonly length: number }[],
  ): boolean {
    const first = start[item] ?? 0;
    if ((start[item + 1] ?? 0) - first !== 1 || (lanesAt[item]?.length ?? 0) > 0) return false;
    const link = list[first] ?? 0;
    const other = start === links.upStart ? ports.linkTop : ports.linkBottom;
    return sideOf((other[link] ?? 0) - (x[item] ?? 0)) === 0;
  }

  /** A tensor leaves straight down, and at each side where it has something to reach. */
  function bottomSlots(item: number, edge: number): Slot[] {
    const middle = x[item] ?? 0;
    const linksTo = new Map<number, number[]>();
    for (let i = links.downStart[item] ?? 0; i < (links.downStart[item + 1] ?? 0); i++) {
      const link = links.down[i] ?? 0;
      if (links.edge[link] !== edge) continue;
      const side = sideOf((ports.linkBottom[link] ?? 0) - middle);
      linksTo.set(side, [...(linksTo.get(side) ?? []), link]);
    }
    const lane = lanesFrom.get(edge);
    const laneSide = lane === undefined ? undefined : (lanes[lane]?.side ?? Side.right);
    if (laneSide !== undefined && !linksTo.has(laneSide)) linksTo.set(laneSide, []);
    return Array.from(linksTo, ([side, list]) => {
      const ends = list.map((link) => ports.linkBottom[link] ?? 0);
      const nearest = side < 0 ? Math.max(...ends) : Math.min(...ends);
      return {
        from: list.length > 0 ? nearest : side * Infinity,
        write: (place: number) => {
          for (const link of list) ports.linkTop[link] = place;
          if (lane !== undefined && side === laneSide) ports.laneSource[lane] = place;
        },
      };
    });
  }

  function topSlots(item: number): Slot[] {
    const slots: Slot[] = [];
    for (let i = links.upStart[item] ?? 0; i < (links.upStart[item + 1] ?? 0); i++) {
      const link = links.up[i] ?? 0;
      if (links.isLowerFixed[link]) continue;
      slots.push({ from: ports.linkTop[link] ?? 0, write: (place) => (ports.linkBottom[link] = place) });
    }
    for (const side of [Side.left, Side.right]) {
      const bus = (lanesInto[item] ?? []).filter(({ lane }) => lanes[lane]?.side === side);
      if (bus.length === 0) continue;
      slots.push({
        from: side * Infinity,
        write: (place) => {
          for (const { lane, index } of bus) {
            const places = ports.laneTargets[lane];
            if (places) places[index] = place;
          }
        },
      });
    }
    return slots;
  }
}

function spread(middle: number, width: number, portGap: number, slots: Slot[]): void {
  const room = Math.max(0, width / 2 - CORNER);
  const gap = Math.min(portGap, slots.length > 1 ? (2 * room) / (slots.length - 1) : portGap);
  slots.sort((a, b) => (a.from === b.from ? 0 : a.from - b.from));
  const offsets = slots.map(({ from }) => from - middle);
  const anchor = offsets.findIndex((offset) => Math.abs(offset) < STRAIGHT);
  const places = anchor >= 0 ? aroundAnchor(offsets, anchor, gap, room) : aroundMiddle(offsets, gap, room);
  slots.forEach(({ write }, i) => write(middle + (places[i] ?? 0)));
}

/** -1 left, 0 straight below, 1 right. */
function sideOf(offset: number): number {
  return Math.abs(offset) < STRAIGHT ? 0 : Math.sign(offset);
}

/** The straight line stays; others are as near as they can to where they come from, so that they are short. */
function aroundAnchor(offsets: readonly number[], anchor: number, gap: number, room: number): number[] {
  const places = offsets.map(() => 0);
  const last = offsets.length - 1;
  const left = anchor > 0 ? Math.min(gap, room / anchor) : gap;
  const right = anchor < last ? Math.min(gap, room / (last - anchor)) : gap;
  for (let i = 0, lowest = -room; i < anchor; i++, lowest = (places[i - 1] ?? 0) + left) {
    places[i] = Math.min(-left * (anchor - i), Math.max(lowest, offsets[i] ?? 0));
  }
  for (let i = last, highest = room; i > anchor; i--, highest = (places[i + 1] ?? 0) - right) {
    places[i] = Math.max(right * (i - anchor), Math.min(highest, offsets[i] ?? 0));
  }
  return places;
}

function aroundMiddle(offsets: readonly number[], gap: number, room: number): number[] {
  const last = offsets.length - 1;
  const places = offsets.map((wanted) => Math.max(-room, Math.min(room, wanted)));
  for (let i = 1; i <= last; i++) places[i] = Math.max((places[i - 1] ?? 0) + gap, places[i] ?? 0);
  for (let i = last; i >= 0; i--) {
    const highest = i < last ? (places[i + 1] ?? 0) - gap : room;
    places[i] = Math.min(highest, places[i] ?? 0);
  }
  return places;
}
