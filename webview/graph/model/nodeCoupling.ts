import type { GraphCoupledGroup, GraphCoupling } from '../../../src/protocol';

/** What a node has to do with coupled channels. */
export interface NodeCoupling {
  /** What it does with the channels of `groups`. */
  readonly relation: 'makes' | 'passes' | 'reads';
  /** Those of its outputs; where it makes no channels and passes none on, those of its inputs. */
  readonly groups: readonly GraphCoupledGroup[];
  /** Those of its inputs, where they are not the same. */
  readonly inputs: readonly GraphCoupledGroup[];
}

/** The groups that a node of the main graph belongs to; undefined for one that has no coupled channels. */
export function nodeCoupling({ groups }: GraphCoupling, node: string): NodeCoupling | undefined {
  const made = groups.filter(({ makers }) => makers.includes(node));
  const passed = groups.filter(({ carriers }) => carriers.includes(node));
  const read = groups.filter(({ readers }) => readers.includes(node));
  if (made.length > 0) return { relation: 'makes', groups: made, inputs: read };
  if (passed.length > 0) return { relation: 'passes', groups: passed, inputs: read };
  return read.length > 0 ? { relation: 'reads', groups: read, inputs: [] } : undefined;
}

/** The other nodes whose weights have the channels of a group: what a pruning takes them from together. */
export function coupledNodes({ makers, readers }: GraphCoupledGroup, node: string): readonly string[] {
  return [...makers, ...readers].filter((name) => name !== node);
}
