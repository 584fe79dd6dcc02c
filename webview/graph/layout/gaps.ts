import type { PlacedLane } from './lanes';
import { heightOf, type Layering } from './layering';
import type { Ports } from './ports';
import type { Spacing } from './spacing';
import { assignTracks, type Net } from './tracks';

/** The bands between layers; gap `g` lies above layer `g`, the last one below the last layer. */
export interface Gaps {
  readonly top: Float64Array;
  readonly bottom: Float64Array;
  readonly height: number;
  /** y of the horizontal stretch of each link. */
  readonly linkY: Float64Array;
  /** y at which each lane leaves its source. */
  readonly laneSourceY: Float64Array;
  /** y at which a lane turns to its targets. */
  readonly laneTargetY: readonly Float64Array[];
  /** What runs in each gap, for finding free places. */
  readonly nets: readonly (readonly Net[])[];
}

/** Assigns horizontal lines in every gap and makes the gaps as high as those need. */
export function placeGaps(
  layering: Layering,
  {
    lanes,
    laneX,
    ports,
  }: { readonly lanes: readonly PlacedLane[]; readonly laneX: Float64Array; readonly ports: Ports },
  spacing: Spacing,
): Gaps {
  const { layers, links } = layering;
  const nets: Net[][] = Array.from({ length: layers.length + 1 }, () => []);
  const linkNets = new Array<Net | undefined>(links.count);
  const sourceNets = new Array<Net | undefined>(lanes.length);
  const laneOfEdge = new Map(lanes.map(({ edge }, lane) => [edge, lane]));

  const open = (gap: number): Net => {
    const net: Net = { tops: [], bottoms: [], track: -1, y: 0 };
    nets[gap]?.push(net);
    return net;
  };
  layers.forEach((row, layer) => {
    for (const vertex of row) {
      const opened: { edge: number; top: number; net: Net }[] = [];
      for (let i = links.downStart[vertex] ?? 0; i < (links.downStart[vertex + 1] ?? 0); i++) {
        const link = links.down[i] ?? 0;
        const edge = links.edge[link] ?? 0;
        const top = ports.linkTop[link] ?? 0;
        let same = opened.find((other) => other.edge === edge && other.top === top);
        if (!same) {
          same = { edge, top, net: open(layer + 1) };
          same.net.tops.push(top);
          opened.push(same);
          const lane = laneOfEdge.get(edge);
          const leavesHere = lane !== undefined && ports.laneSource[lane] === top;
          if (leavesHere && layering.graph.edges[edge]?.source === vertex) sourceNets[lane] = same.net;
        }
        same.net.bottoms.push(ports.linkBottom[link] ?? 0);
        linkNets[link] = same.net;
      }
    }
  });
  const targetNets = openLaneNets({ lanes, laneX, ports, open, sourceNets });

  const top = new Float64Array(layers.length + 1);
  const bottom = new Float64Array(layers.length + 1);
  let y = 0;
  for (let gap = 0; gap <= layers.length; gap++) {
    const list = nets[gap] ?? [];
    const tracks = assignTracks(list);
    const isInside = gap > 0 && gap < layers.length;
    const used = Math.max(0, tracks - 1) * spacing.trackGap + 2 * spacing.trackPadding;
    const height = isInside || tracks > 0 ? Math.max(isInside ? spacing.layerGap : 0, used) : 0;
    top[gap] = y;
    bottom[gap] = y + height;
    const first = y + (height - Math.max(0, tracks - 1) * spacing.trackGap) / 2;
    for (const net of list) net.y = first + Math.max(0, net.track) * spacing.trackGap;
    y += height + layerHeight(layering, gap);
  }
  const at = (net: Net | undefined) => net?.y ?? 0;
  return {
    top,
    bottom,
    height: y,
    linkY: Float64Array.from(linkNets, at),
    laneSourceY: Float64Array.from(sourceNets, at),
    laneTargetY: targetNets.map((list) => Float64Array.from(list, at)),
    nets,
  };
}

function layerHeight(layering: Layering, layer: number): number {
  let height = 0;
  for (const vertex of layering.layers[layer] ?? []) height = Math.max(height, heightOf(layering, vertex));
  return height;
}

/** Nets where lanes leave their sources and where they turn to their targets; lanes to one block run on one line. */
function openLaneNets({
  lanes,
  laneX,
  ports,
  open,
  sourceNets,
}: {
  readonly lanes: readonly PlacedLane[];
  readonly laneX: Float64Array;
  readonly ports: Ports;
  readonly open: (gap: number) => Net;
  readonly sourceNets: (Net | undefined)[];
}): Net[][] {
  const buses = new Map<string, Net>();
  return lanes.map(({ sourceGap, targetGaps }, lane) => {
    const x = laneX[lane] ?? 0;
    const lowest = Math.max(sourceGap, ...targetGaps);
    const highest = Math.min(sourceGap, ...targetGaps);
    const source = sourceNets[lane] ?? open(sourceGap);
    sourceNets[lane] = source;
    if (source.tops.length === 0) source.tops.push(ports.laneSource[lane] ?? 0);
    if (lowest > sourceGap) source.bottoms.push(x);
    if (highest < sourceGap) source.tops.push(x);

    const places = ports.laneTargets[lane] ?? new Float64Array();
    const byGap = new Map<number, Net>();
    return targetGaps.map((gap, i) => {
      const place = places[i] ?? 0;
      const known = byGap.get(gap);
      if (known) {
        known.bottoms.push(place);
        return known;
      }
      const isAlone = targetGaps.indexOf(gap) === targetGaps.lastIndexOf(gap);
      const key = `${gap} ${place} ${x < place}`;
      const net = (isAlone ? buses.get(key) : undefined) ?? open(gap);
      if (isAlone && net.tops.length + net.bottoms.length === 0) buses.set(key, net);
      if (gap > sourceGap || highest < gap) net.tops.push(x);
      if (lowest > gap) net.bottoms.push(x);
      net.bottoms.push(place);
      byGap.set(gap, net);
      return net;
    });
  });
}
