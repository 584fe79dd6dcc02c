import type { Gaps } from './gaps';
import type { Placed } from './routes';

/** Height of a line of text with its margins, and its distance from the line beside it. */
const TEXT_HEIGHT = 14;
const BESIDE = 5;

/**
 * Puts the text of each edge beside the line that leaves its source, right or left of it, where no line runs;
 * elsewhere it gets none.
 */
export function placeLabels({ layering, lanes, ports, gaps }: Placed): { x: Float64Array; y: Float64Array } {
  const { graph, links, layerOf } = layering;
  const x = new Float64Array(graph.edges.length).fill(NaN);
  const y = new Float64Array(graph.edges.length).fill(NaN);
  const starts = new Float64Array(graph.edges.length).fill(NaN);
  lanes.forEach(({ edge }, lane) => (starts[edge] = ports.laneSource[lane] ?? NaN));
  for (let link = links.count - 1; link >= 0; link--) {
    const edge = links.edge[link] ?? 0;
    if (links.upper[link] === graph.edges[edge]?.source) starts[edge] = ports.linkTop[link] ?? NaN;
  }
  const taken = new Map<number, [number, number][]>();
  graph.edges.forEach(({ source, labelWidth }, edge) => {
    const start = starts[edge] ?? NaN;
    if (labelWidth <= 0 || Number.isNaN(start)) return;
    const gap = (layerOf[source] ?? 0) + 1;
    const others = taken.get(gap) ?? [];
    for (const side of [1, -1]) {
      const near = start + side * BESIDE;
      const far = near + side * labelWidth;
      const stretch: [number, number] = [Math.min(near, far), Math.max(near, far)];
      if (!isFree(gaps, gap, stretch) || others.some(([low, high]) => low < stretch[1] && stretch[0] < high)) continue;
      taken.set(gap, [...others, stretch]);
      x[edge] = (near + far) / 2;
      y[edge] = (gaps.top[gap] ?? 0) + TEXT_HEIGHT / 2;
      return;
    }
  });
  return { x, y };
}

/** True if no line runs through the top of a gap between two x. */
function isFree({ nets, top, bottom }: Gaps, gap: number, [low, high]: readonly [number, number]): boolean {
  const list = nets[gap] ?? [];
  const isRoomy = (bottom[gap] ?? 0) - (top[gap] ?? 0) >= 2 * TEXT_HEIGHT;
  return !list.some((net) => {
    const inside = (at: number) => at > low && at < high;
    if (net.tops.some(inside) || (!isRoomy && net.bottoms.some(inside))) return true;
    if (net.track < 0) return false;
    const from = Math.min(...net.tops, ...net.bottoms);
    const to = Math.max(...net.tops, ...net.bottoms);
    return !isRoomy && from < high && low < to;
  });
}
