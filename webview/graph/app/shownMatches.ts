import type { DisplayGraph } from '../model/display';
import type { NodePath } from '../model/nodePath';

/** Keys of the drawn items that were found, or that are closed around something found. */
export function shownMatches(hits: readonly NodePath[], { items }: DisplayGraph): ReadonlySet<string> {
  const isOpen = new Map(items.map(({ key, expanded }) => [key, expanded]));
  const found = new Set<string>();
  for (const { key, around } of hits) {
    const shown = isOpen.has(key) ? key : around.find((outer) => isOpen.get(outer) === false);
    if (shown !== undefined) found.add(shown);
  }
  return found;
}
