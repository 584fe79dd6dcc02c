import { makeNode } from '../../onnx/attributes';
import { indexGraph } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import { dropUnused, isOperator, removeNodes, replaceUses } from '../../onnx/rewrites/editGraph';
import { validateModel } from '../../onnx/validateModel';
import type { ResidualBranch } from './residualBranches';

/**
 * Takes a residual branch of this very model out of it, in place: what was the sum is the shortcut alone, and a Relu of what
 * a Relu gave goes with it. Outputs of the graph keep their names.
 */
export function removeBranch(model: Model, { output, shortcut }: ResidualBranch): void {
  bypass(model, output, shortcut);
  dropUnused(model);
  validateModel(model);
}

/** Lets everything that reads `output` read `source` instead; the node that made it goes. */
function bypass(model: Model, output: string, source: string): void {
  const { graph, producers, consumers, outputs, captured } = indexGraph(model);
  const node = producers.get(output);
  if (!node) return;
  if (outputs.has(output) || captured.has(output)) {
    graph.node[graph.node.indexOf(node)] = makeNode('Identity', node.name, [source], [output]);
    return;
  }
  replaceUses(mainGraph(model), output, source);
  removeNodes(graph, new Set([node]));
  if (!isOperator(producers.get(source), 'Relu')) return;
  for (const reader of consumers.get(output) ?? [])
    if (isOperator(reader, 'Relu')) bypass(model, reader.output[0] ?? '', source);
}
