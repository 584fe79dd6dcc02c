import type { NodeMapping } from '../../protocol';

/**
 * Follows the nodes of a model through several rewrites, each from the names before to the names after.
 * A node that a mapping does not name keeps its name.
 */
export function composeMappings(mappings: readonly (readonly NodeMapping[])[]): NodeMapping[] {
  const [first = [], ...rest] = mappings;
  return rest.reduce<NodeMapping[]>(
    (composed, next) => {
      const targetsOf = new Map(next.map(({ source, targets }) => [source, targets]));
      const known = new Set(composed.flatMap(({ targets }) => targets));
      return [
        ...composed.map(({ source, targets }) => ({
          source,
          targets: [...new Set(targets.flatMap((target) => targetsOf.get(target) ?? [target]))],
        })),
        ...next.filter(({ source }) => !known.has(source)),
      ];
    },
    [...first],
  );
}
