import { dropUnused } from '../onnx/rewrites/editGraph';
import { graphsOf, mainGraph, type Model } from '../onnx/model';
import type { NodeProto } from '../onnx/onnx_pb';
import { throwIfCancelled } from '../util/pressError';
import { createExclusion } from '../onnx/exclude';
import { emptyOutcome, type QuantizeOutcome } from './outcome';
import type { QuantizeContext } from './quantizeContext';

/** What stands in for a node: in topological order, making the node's outputs under their old names. */
export interface NodeRewrite {
  readonly nodes: readonly NodeProto[];
  /** How the node is quantized now, as the report says it. */
  readonly scheme: string;
}

/** How {@link rewriteNodes} treats the nodes of a model. */
export interface NodeRewriter {
  readonly exclude?: readonly string[] | undefined;
  /** True for nodes that a person would expect the mode to act on. */
  expects(node: NodeProto): boolean;
  /** Replaces an expected node, or says in one sentence why it stays. */
  rewrite(node: NodeProto): NodeRewrite | string;
}

/** Replaces the nodes of the main graph one by one, removes what nobody reads any more, and says what was done. */
export function rewriteNodes(model: Model, rewriter: NodeRewriter, context: QuantizeContext): QuantizeOutcome {
  const outcome = emptyOutcome();
  const exclusion = createExclusion(rewriter.exclude);
  const graph = mainGraph(model);
  const rewritten: NodeProto[] = [];
  graph.node.forEach((node, i) => {
    throwIfCancelled(context.signal);
    context.onProgress?.({ stage: 'quantize', done: i, total: graph.node.length });
    const result = treat(node);
    if (typeof result !== 'object') {
      rewritten.push(node);
      if (result) outcome.kept.push({ node: node.name, opType: node.opType, reason: result });
      return;
    }
    rewritten.push(...result.nodes);
    outcome.quantized.push({ node: node.name, opType: node.opType, scheme: result.scheme });
    outcome.mapping.push({ source: node.name, targets: result.nodes.map((target) => target.name) });
  });
  keepInner();
  graph.node = rewritten;
  dropUnused(model);
  return outcome;

  function treat(node: NodeProto): NodeRewrite | string | undefined {
    if (!rewriter.expects(node)) return undefined;
    const pattern = exclusion.match(node);
    return pattern === undefined ? rewriter.rewrite(node) : `Excluded by "${pattern}".`;
  }

  function keepInner(): void {
    const [, ...inner] = graphsOf(graph);
    const reason = 'It lies inside a subgraph (If, Loop or Scan), whose weights are left as they are.';
    for (const node of inner.flatMap((subgraph) => subgraph.node)) {
      if (rewriter.expects(node)) outcome.kept.push({ node: node.name, opType: node.opType, reason });
    }
  }
}
