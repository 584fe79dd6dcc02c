import { edgesOf, itemRect, type Scene } from './buildScene';
import { firstItem } from './viewport';

/** Steps that the keyboard takes through a graph. */
export type Step = 'up' | 'down' | 'left' | 'right' | 'first' | 'last';

/** A neighbour on the left or right overlaps at least this much in height. */
const MIN_OVERLAP = 1;

/**
 * The item that a step leads to: up and down along edges to the nearest end, left and right between items at the same
 * height, first and last to the input and the output. Undefined where there is none.
 */
export function nextItem(scene: Scene, from: number | undefined, step: Step): number | undefined {
  if (step === 'first' || from === undefined) return firstItem(scene);
  if (step === 'last') return lastItem(scene);
  if (step === 'left' || step === 'right') return sibling(scene, from, step);
  const { items } = scene.display;
  if (items[from]?.expanded) return step === 'up' ? parentOf(items[from]) : topmostWithin(scene, from);
  const ends =
    step === 'down'
      ? [...edgesOf(scene.outgoing, from)].flatMap((edge) => scene.display.edges[edge]?.targets ?? [])
      : [...edgesOf(scene.incoming, from)].map((edge) => scene.display.edges[edge]?.source ?? from);
  return nearest(scene, from, ends);
}

function nearest(scene: Scene, from: number, candidates: readonly number[]): number | undefined {
  const centre = centreOf(scene, from);
  let best: number | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const other = centreOf(scene, candidate);
    const distance = Math.hypot(other.x - centre.x, other.y - centre.y);
    if (candidate === from || distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

function sibling(scene: Scene, from: number, step: 'left' | 'right'): number | undefined {
  const rect = itemRect(scene, from);
  const [left, right] =
    step === 'left' ? [0, rect.x - MIN_OVERLAP] : [rect.x + rect.width + MIN_OVERLAP, scene.layout.width];
  if (left > right) return undefined;
  const found = scene.leafIndex.search(left, rect.y + MIN_OVERLAP, right, rect.y + rect.height - MIN_OVERLAP);
  const beside = found
    .map((entry) => scene.leaves[entry] ?? from)
    .filter((item) => {
      const { x } = centreOf(scene, item);
      return step === 'left' ? x < rect.x : x > rect.x + rect.width;
    });
  return nearest(scene, from, beside);
}

function topmostWithin(scene: Scene, container: number): number | undefined {
  let best: number | undefined;
  scene.display.items.forEach((item, i) => {
    if (item.parent !== container) return;
    if (best === undefined || itemRect(scene, i).y < itemRect(scene, best).y) best = i;
  });
  return best;
}

function lastItem({ display, layout, leaves }: Scene): number | undefined {
  let best: number | undefined;
  for (const item of leaves) {
    if (best === undefined) best = item;
    const isOutput = display.items[item]?.kind === 'output';
    const bestIsOutput = display.items[best]?.kind === 'output';
    const lower = (layout.boxes[4 * item + 1] ?? 0) > (layout.boxes[4 * best + 1] ?? 0);
    if ((isOutput && !bestIsOutput) || (isOutput === bestIsOutput && lower)) best = item;
  }
  return best;
}

function centreOf(scene: Scene, item: number): { readonly x: number; readonly y: number } {
  const rect = itemRect(scene, item);
  return { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
}

function parentOf({ parent }: { readonly parent: number }): number | undefined {
  return parent < 0 ? undefined : parent;
}
