import picomatch from 'picomatch';

/** The facts of a node that a pattern is held against. */
export interface NamedNode {
  readonly name: string;
  readonly opType: string;
}

/**
 * Creates the test of an `--exclude` pattern: a node's name, a glob over names, or an operator type.
 * `*` matches within a name, slashes included.
 */
export function createNodePattern(pattern: string): (node: NamedNode) => boolean {
  const glob = picomatch(pattern, { bash: true, dot: true });
  return (node) => node.name === pattern || node.opType === pattern || glob(node.name);
}
