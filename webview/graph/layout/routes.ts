import type { Gaps } from './gaps';
import type { PlacedLane } from './lanes';
import { heightOf, type Layering } from './layering';
import type { LevelPiece } from './levelGraph';
import type { Ports } from './ports';

/**
 * Corners are cut slantwise by at most this much, which makes lines shorter and their turns easy to follow.
 * Not more than the room above and below horizontal stretches, so that a cut never reaches between blocks.
 */
const CUT = 12;
/** What stays straight at the ends of a line, where it meets a block: room for an arrow head at the target. */
const STRAIGHT_START = 2;
const STRAIGHT_END = 5;
/** A branch leaves its lane this far before it turns. */
const TURN = CUT;

export interface Routes {
  readonly pieces: LevelPiece[];
  /** `paths[e][t]`: pieces from the source of edge `e` to its `t`-th target. */
  readonly paths: number[][][];
}

/** What routing needs to know of a placed level. */
export interface Placed {
  readonly layering: Layering;
  readonly lanes: readonly PlacedLane[];
  readonly x: Float64Array;
  /** Top of every vertex; of a line point, where it passes. */
  readonly y: Float64Array;
  readonly laneX: Float64Array;
  readonly ports: Ports;
  readonly gaps: Gaps;
}

/** Draws every tensor as polylines: chains from layer to layer, and lanes with a branch to each target. */
export function routeEdges(placed: Placed): Routes {
  const { graph } = placed.layering;
  const routes: Routes = { pieces: [], paths: graph.edges.map(({ targets }) => targets.map(() => [])) };
  routeChains(placed, routes);
  placed.lanes.forEach((_, lane) => routeLane(placed, lane, routes));
  return routes;
}

/** Adds a piece; returns its index. */
function addPiece({ pieces }: Routes, edge: number, points: readonly number[], inLane: boolean): number {
  pieces.push({ edge, points: cutCorners(dropStraight(points)), inLane });
  return pieces.length - 1;
}

/** Leaves out points that lie on a straight line between their neighbours. */
function dropStraight(points: readonly number[]): number[] {
  if (points.length === 4) return [...points];
  const kept: number[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i] ?? 0;
    const y = points[i + 1] ?? 0;
    const n = kept.length;
    if (n >= 2 && kept[n - 2] === x && kept[n - 1] === y) continue;
    if (n >= 4) {
      const isVertical = kept[n - 4] === kept[n - 2] && kept[n - 2] === x;
      const isHorizontal = kept[n - 3] === kept[n - 1] && kept[n - 1] === y;
      if (isVertical || isHorizontal) kept.length = n - 2;
    }
    kept.push(x, y);
  }
  return kept;
}

/** Cuts the corners of a line of vertical and horizontal stretches, each by less than half of its shorter side. */
function cutCorners(points: number[]): number[] {
  const last = points.length - 2;
  if (last < 4) return points;
  const cut: number[] = [points[0] ?? 0, points[1] ?? 0];
  for (let i = 2; i < last; i += 2) {
    const x = points[i] ?? 0;
    const y = points[i + 1] ?? 0;
    const fromX = points[i - 2] ?? 0;
    const fromY = points[i - 1] ?? 0;
    const toX = points[i + 2] ?? 0;
    const toY = points[i + 3] ?? 0;
    const before = Math.abs(x - fromX) + Math.abs(y - fromY);
    const after = Math.abs(toX - x) + Math.abs(toY - y);
    const roomBefore = i === 2 ? before - STRAIGHT_START : before / 2;
    const roomAfter = i + 2 === last ? after - STRAIGHT_END : after / 2;
    const size = Math.max(0, Math.min(CUT, roomBefore, roomAfter));
    cut.push(x - Math.sign(x - fromX) * size, y - Math.sign(y - fromY) * size);
    cut.push(x + Math.sign(toX - x) * size, y + Math.sign(toY - y) * size);
  }
  cut.push(points[last] ?? 0, points[last + 1] ?? 0);
  return cut;
}

function routeChains({ layering, y, ports, gaps }: Placed, routes: Routes): void {
  const { graph, links, itemCount, targetLinks } = layering;
  const targetOf = new Int32Array(links.count).fill(-1);
  for (const linkOf of targetLinks) linkOf.forEach((link, t) => link >= 0 && (targetOf[link] = t));

  /** Branches that are still to be drawn: a link, and the pieces that lead to it. */
  const waiting: { link: number; before: readonly number[] }[] = [];
  const openBranches = (vertex: number, edge: number, before: readonly number[]) => {
    for (let i = (links.downStart[vertex + 1] ?? 0) - 1; i >= (links.downStart[vertex] ?? 0); i--) {
      const link = links.down[i] ?? 0;
      if (links.edge[link] === edge) waiting.push({ link, before });
    }
  };
  graph.edges.forEach(({ source }, edge) => {
    openBranches(source, edge, []);
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      let { link } = next;
      const first = links.upper[link] ?? 0;
      const points = [ports.linkTop[link] ?? 0, (y[first] ?? 0) + heightOf(layering, first)];
      for (;;) {
        const lower = links.lower[link] ?? 0;
        const turn = gaps.linkY[link] ?? 0;
        const top = ports.linkTop[link] ?? 0;
        const bottom = ports.linkBottom[link] ?? 0;
        if (top !== bottom) points.push(top, turn, bottom, turn);
        points.push(bottom, y[lower] ?? 0);
        const below = links.downStart[lower] ?? 0;
        const isPassing = lower >= itemCount && (links.downStart[lower + 1] ?? 0) - below === 1;
        if (!isPassing) break;
        link = links.down[below] ?? 0;
      }
      const lower = links.lower[link] ?? 0;
      const path = [...next.before, addPiece(routes, edge, points, false)];
      if (lower >= itemCount) {
        openBranches(lower, edge, path);
      } else {
        const paths = routes.paths[edge];
        if (paths) paths[targetOf[link] ?? 0] = path;
      }
    }
  });
}

function routeLane({ layering, lanes, laneX, y, ports, gaps }: Placed, lane: number, routes: Routes): void {
  const { edge, targets, sourceGap, targetGaps } = lanes[lane] ?? {
    edge: 0,
    targets: [],
    sourceGap: 0,
    targetGaps: [],
  };
  const { source, targets: items } = layering.graph.edges[edge] ?? { source: 0, targets: [] };
  const x = laneX[lane] ?? 0;
  const from = ports.laneSource[lane] ?? 0;
  const sourceY = gaps.laneSourceY[lane] ?? 0;
  const start = [from, (y[source] ?? 0) + heightOf(layering, source), from, sourceY, x, sourceY];

  for (const direction of [1, -1]) {
    const taps = targetGaps.flatMap((gap, index) =>
      (direction > 0 ? gap >= sourceGap : gap < sourceGap) ? [{ index, at: gaps.laneTargetY[lane]?.[index] ?? 0 }] : [],
    );
    taps.sort((a, b) => direction * (a.at - b.at) || a.index - b.index);
    let points = start;
    const path: number[] = [];
    for (let i = 0; i < taps.length;) {
      const { at } = taps[i] ?? { at: 0 };
      const together = taps.filter((tap) => tap.at === at);
      i += together.length;
      const isLast = i === taps.length && together.length === 1;
      if (!isLast) {
        path.push(addPiece(routes, edge, [...points, x, at - direction * TURN], true));
        points = [x, at - direction * TURN];
      }
      for (const { index } of together) {
        const place = ports.laneTargets[lane]?.[index] ?? 0;
        const t = targets[index] ?? 0;
        const branch = [...points, x, at, place, at, place, y[items[t] ?? 0] ?? 0];
        const paths = routes.paths[edge];
        const piece = addPiece(routes, edge, branch, true);
        if (paths) paths[t] = [...path, piece];
      }
    }
  }
}
