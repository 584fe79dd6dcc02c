import { itemRect, type Scene } from './buildScene';
import { METRICS } from './measure';

/** What is at a point: of an item the sign that opens or closes it, its title (all of a block), or a container's ground. */
export type Hit =
  | { readonly kind: 'item'; readonly item: number; readonly part: 'toggle' | 'title' | 'ground' }
  | { readonly kind: 'edge'; readonly edge: number };

/** Finds what is at a point of the scene: a block, a container's title, a wire within `tolerance`, a container. */
export function hitTest(scene: Scene, x: number, y: number, tolerance: number): Hit | undefined {
  const leaf = leafAt(scene, x, y);
  if (leaf !== undefined) return { kind: 'item', item: leaf, part: partAt(scene, leaf, x, y) };
  const container = containerAt(scene, x, y);
  if (container !== undefined && y <= itemRect(scene, container).y + METRICS.containerHeader) {
    return { kind: 'item', item: container, part: partAt(scene, container, x, y) };
  }
  const edge = labelAt(scene, x, y) ?? wireAt(scene, x, y, tolerance);
  if (edge !== undefined) return { kind: 'edge', edge };
  return container === undefined ? undefined : { kind: 'item', item: container, part: 'ground' };
}

function leafAt(scene: Scene, x: number, y: number): number | undefined {
  const found = scene.leafIndex.search(x, y, x, y)[0];
  return found === undefined ? undefined : scene.leaves[found];
}

/** Containers are listed outer ones first, so the last that holds the point is the innermost. */
function containerAt(scene: Scene, x: number, y: number): number | undefined {
  let innermost: number | undefined;
  for (const container of scene.containers) {
    const rect = itemRect(scene, container);
    if (x < rect.x || y < rect.y || x > rect.x + rect.width || y > rect.y + rect.height) continue;
    innermost = container;
  }
  return innermost;
}

function partAt(scene: Scene, item: number, x: number, y: number): 'toggle' | 'title' {
  if (!scene.display.items[item]?.expandable) return 'title';
  const rect = itemRect(scene, item);
  const right = rect.x + METRICS.sidePadding + METRICS.toggleWidth;
  const bottom = rect.y + (scene.display.items[item].expanded ? METRICS.containerHeader : METRICS.titleHeight);
  return x <= right && y <= bottom ? 'toggle' : 'title';
}

function labelAt(scene: Scene, x: number, y: number): number | undefined {
  const found = scene.labelIndex.search(x, y, x, y)[0];
  return found === undefined ? undefined : scene.labelEdges[found];
}

function wireAt({ wireIndex, layout }: Scene, x: number, y: number, tolerance: number): number | undefined {
  let best: number | undefined;
  let least = tolerance;
  for (const piece of wireIndex.search(x - tolerance, y - tolerance, x + tolerance, y + tolerance)) {
    const end = (layout.pieceStarts[piece + 1] ?? 0) - 1;
    for (let i = layout.pieceStarts[piece] ?? 0; i < end; i++) {
      const distance = distanceToSegment(layout.points, i, x, y);
      if (distance > least) continue;
      least = distance;
      best = layout.pieceEdges[piece];
    }
  }
  return best;
}

function distanceToSegment(points: Float32Array, start: number, x: number, y: number): number {
  const ax = points[2 * start] ?? 0;
  const ay = points[2 * start + 1] ?? 0;
  const dx = (points[2 * start + 2] ?? 0) - ax;
  const dy = (points[2 * start + 3] ?? 0) - ay;
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}
