import type { GraphBody, GraphDocument, GraphNode, NodeFate, ProfiledNode, ProfiledOperator } from '../protocol';
import { median, spreadOf } from '../util/stats';
import type { ProfileAssignment } from './profileAssignment';

/** Operators that do nothing when a model runs. */
const IDLE = new Set(['Identity', 'Dropout']);
/** Operators whose value is known as soon as the shape of their input is. */
const OF_SHAPES = new Set(['Shape', 'Size']);

/** What became of every node of a file and how long it took, in the file's order; the nodes of functions are left out. */
export function profiledNodes(
  { graphs }: GraphDocument,
  assignment: ProfileAssignment,
  macs: ReadonlyMap<string, number>,
): ProfiledNode[] {
  const main = graphs[0] as GraphBody; // every model that was read has one
  const folded = foldedNodes(main, assignment);
  const total = median(assignment.totalMs);
  const outer = main.nodes.map((node, i): ProfiledNode => {
    const { name, operator: opType } = node;
    const count = macs.get(String(i));
    const shared = { name, opType, ...(count === undefined ? {} : { macs: count }) };
    const own = assignment.nodes.get(name);
    if (own) {
      const ms = spreadOf(own.ms);
      return { ...shared, fate: 'measured', ms, share: total > 0 ? ms.median / total : 0, kernels: own.kernels };
    }
    const into = assignment.fusedInto.get(name);
    const fate = fateOf(node, into, folded.has(node));
    return { ...shared, fate, ...(fate === 'fused' && into !== undefined ? { into } : {}) };
  });
  return [...outer, ...nestedNodes(graphs)];
}

/** By operator: the time of its nodes that have a kernel of their own, run by run. */
export function profiledOperators(
  nodes: readonly ProfiledNode[],
  { nodes: assigned, totalMs }: ProfileAssignment,
): ProfiledOperator[] {
  const operators = new Map<string, { nodes: number; macs: number; ms: number[] }>();
  for (const { name, opType, fate, macs = 0 } of nodes) {
    const operator = operators.get(opType) ?? { nodes: 0, macs: 0, ms: totalMs.map(() => 0) };
    operator.macs += macs;
    const own = fate === 'measured' ? assigned.get(name) : undefined;
    if (own) {
      operator.nodes++;
      own.ms.forEach((ms, run) => (operator.ms[run] = (operator.ms[run] ?? 0) + ms));
    }
    operators.set(opType, operator);
  }
  const total = median(totalMs);
  return [...operators]
    .filter(([, operator]) => operator.nodes > 0)
    .map(([opType, { nodes: count, macs, ms }]) => {
      const spread = spreadOf(ms);
      return { opType, nodes: count, ms: spread, share: total > 0 ? spread.median / total : 0, macs };
    })
    .sort((a, b) => b.ms.median - a.ms.median);
}

function fateOf({ operator }: GraphNode, into: string | undefined, isFolded: boolean): NodeFate {
  if (isFolded) return 'folded';
  return into === undefined || IDLE.has(operator) ? 'removed' : 'fused';
}

/** Nodes that were computed once at load: those of constants only, of shapes that are known, and what follows from them. */
function foldedNodes(main: GraphBody, { nodes, fusedInto }: ProfileAssignment): Set<GraphNode> {
  const makers = new Map<number, GraphNode>();
  for (const node of main.nodes) for (const output of node.outputs) makers.set(output, node);
  const folded = new Set<GraphNode>();
  for (const node of main.nodes) {
    if (nodes.has(node.name)) continue;
    const isMember = fusedInto.has(node.name);
    // Weights stay quantized, and kernels take them so.
    if (isMember && node.operator === 'DequantizeLinear') continue;
    const isConstant = node.inputs.every((input) => {
      const maker = makers.get(input);
      return input < 0 || main.tensors[input]?.weight !== undefined || (maker !== undefined && folded.has(maker));
    });
    if (isConstant || (!isMember && OF_SHAPES.has(node.operator))) folded.add(node);
  }
  return folded;
}

/** Nodes of subgraphs: their time is in the node of the main graph that holds them. */
function nestedNodes(graphs: readonly GraphBody[]): ProfiledNode[] {
  const holderOf = ({ owner }: GraphBody): string | undefined => {
    const graph = owner && graphs[owner.graph];
    if (!owner || !graph || graph.kind === 'function') return undefined;
    return graph.kind === 'main' ? graph.nodes[owner.node]?.name : holderOf(graph);
  };
  return graphs.flatMap((graph) => {
    const into = graph.kind === 'subgraph' ? holderOf(graph) : undefined;
    if (into === undefined) return [];
    return graph.nodes.map(({ name, operator: opType }) => ({ name, opType, fate: 'nested' as const, into }));
  });
}
