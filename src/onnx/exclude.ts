import type { NodeProto } from './onnx_pb';
import { createNodePattern } from '../util/nodePattern';

/** Decides whether a person excluded a node: by its name, a glob over names, or its operator type. */
export interface Exclusion {
  /** The pattern that excludes the node, or undefined. */
  match(node: NodeProto): string | undefined;
  /** Patterns that matched nothing so far; a typo is worth a warning. */
  unused(): string[];
}

/** Creates an exclusion from `--exclude` patterns. `*` matches within a name, slashes included. */
export function createExclusion(patterns: readonly string[] = []): Exclusion {
  const unused = new Set(patterns);
  const matchers = patterns.map(createNodePattern);
  return {
    match(node) {
      const found = patterns.filter((_, i) => matchers[i]?.(node));
      for (const pattern of found) unused.delete(pattern);
      return found[0];
    },
    unused: () => [...unused],
  };
}
