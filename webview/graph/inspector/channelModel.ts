import type { QuantizationGrid, WeightDetails } from '../../../src/protocol';

type Channels = NonNullable<WeightDetails['channels']>;

/** One upright stroke: the channels `first` to `last` (most often one) and the values they span. */
export interface ChannelStroke {
  readonly first: number;
  readonly last: number;
  readonly minimum: number;
  readonly maximum: number;
  /** What the integers of these channels can express; absent without a grid along the same axis. */
  readonly limits?: readonly [number, number];
}

export interface ChannelModel {
  readonly strokes: readonly ChannelStroke[];
  readonly count: number;
  /** Smallest and largest value, zero included. */
  readonly domain: readonly [number, number];
  readonly widest: number;
  readonly narrowest: number;
  /** Channels of nothing but zeros. */
  readonly pruned: number;
}

/** As many strokes as the chart has room for. */
const MAX_STROKES = 160;

/** The ranges of all channels; neighbours share a stroke where there are more than fit. */
export function buildChannels(channels: Channels, grid: QuantizationGrid | undefined): ChannelModel {
  const count = Math.min(channels.minimum.length, channels.maximum.length);
  const group = Math.max(1, Math.ceil(count / MAX_STROKES));
  const width = (index: number): number => (channels.maximum[index] ?? 0) - (channels.minimum[index] ?? 0);
  const strokes: ChannelStroke[] = [];
  let [widest, narrowest, pruned] = [0, 0, 0];
  let domain: [number, number] = [0, 0];
  for (let first = 0; first < count; first += group) {
    const last = Math.min(count, first + group) - 1;
    let [minimum, maximum] = [Infinity, -Infinity];
    let limits: [number, number] | undefined;
    for (let index = first; index <= last; index++) {
      minimum = Math.min(minimum, channels.minimum[index] ?? 0);
      maximum = Math.max(maximum, channels.maximum[index] ?? 0);
      if (width(index) > width(widest)) widest = index;
      if (width(index) < width(narrowest)) narrowest = index;
      if (channels.zeroShare[index] === 1) pruned++;
      const own = channelLimits(grid, channels.axis, index, count);
      if (own !== undefined) limits = limits === undefined ? own : union(limits, own);
    }
    domain = union(domain, [minimum, maximum]);
    strokes.push({ first, last, minimum, maximum, ...(limits === undefined ? {} : { limits }) });
  }
  return { strokes, count, domain, widest, narrowest, pruned };
}

function channelLimits(
  grid: QuantizationGrid | undefined,
  axis: number,
  index: number,
  count: number,
): [number, number] | undefined {
  if (grid === undefined || grid.blockSize !== undefined) return undefined;
  const isPerTensor = grid.scales.length === 1;
  if (!isPerTensor && (grid.axis !== axis || grid.scales.length !== count)) return undefined;
  const at = isPerTensor ? 0 : index;
  const scale = grid.scales[at] ?? 0;
  const zero = grid.zeroPoints[at] ?? grid.zeroPoints[0] ?? 0;
  return [(grid.integerRange[0] - zero) * scale, (grid.integerRange[1] - zero) * scale];
}

function union(a: readonly [number, number], b: readonly [number, number]): [number, number] {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}
