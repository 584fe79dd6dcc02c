import { floatAttribute, intAttribute, removeAttribute } from '../../onnx/attributes';
import { mainGraph, type Model } from '../../onnx/model';
import { isOperator, setInput } from '../../onnx/rewrites/editGraph';
import type { TensorInfo } from '../../onnx/tensorValue';
import { add, input, scale } from './emitters';
import { createGradientWriter } from './gradientContext';
import { batchStatistics } from './rules/batchNormalization';

/**
 * Makes BatchNormalization of `training_mode` computable, in place: ONNX Runtime's kernel for it returns wrong values,
 * so the statistics of the batch become nodes of their own, which the kernel for given statistics then uses. Running
 * statistics that the node had as outputs become nodes as well. `buildGradient` ends with it, since the rule needs the
 * training mode. Returns how many nodes were changed.
 */
export function lowerBatchNormalization(model: Model, types: ReadonlyMap<string, TensorInfo>): number {
  const graph = mainGraph(model);
  const writer = createGradientWriter(model, types, new Set(), () => true);
  const { context } = writer;
  let done = 0;
  let count = 0;
  graph.node = graph.node.flatMap((node) => {
    if (!isOperator(node, 'BatchNormalization') || intAttribute(node, 'training_mode', 0) !== 1) return [node];
    count++;
    writer.enter(node);
    const statistics = batchStatistics(context, input(node, 0));
    const momentum = floatAttribute(node, 'momentum', 0.9);
    const before = writer.nodes.slice(done);
    done = writer.nodes.length;
    [statistics.mean, statistics.variance].forEach((batch, i) => {
      const name = node.output[i + 1];
      if (!name) return;
      add(context, scale(context, input(node, i + 3), momentum), scale(context, batch, 1 - momentum));
      const last = writer.nodes.at(-1);
      if (last) last.output = [name];
    });
    const running = writer.nodes.slice(done);
    done = writer.nodes.length;
    setInput(node, 3, statistics.mean);
    setInput(node, 4, statistics.variance);
    node.output = node.output.slice(0, 1);
    removeAttribute(node, 'training_mode');
    return [...before, ...running, node];
  });
  graph.initializer.push(...writer.initializers);
  return count;
}
