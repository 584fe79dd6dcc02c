import { findAttribute, intAttribute, intsAttribute, makeNode } from '../attributes';
import { createNamer, indexGraph, type GraphIndex } from '../graphIndex';
import type { Model } from '../model';
import type { NodeProto } from '../onnx_pb';
import { readInts } from '../tensor';
import { dropUnused, insertAfter, isOperator } from './editGraph';
import type { Pass } from './pass';

/**
 * Turns `ReduceMean` over height and width of a [N, C, H, W] tensor into `GlobalAveragePool`, which has an integer
 * kernel; without kept dimensions a `Flatten` to [N, C] follows.
 */
export const reduceMeanToPool: Pass = {
  name: 'ReduceMean to GlobalAveragePool',
  exact: false,
  async apply(model, context) {
    const index = indexGraph(model);
    const means = index.graph.node.filter((node) => isOperator(node, 'ReduceMean'));
    if (means.length === 0) return 0;
    const types = await context.types();
    const name = createNamer(model);
    let changes = 0;
    for (const node of means) {
      const input = types.get(node.input[0] ?? '');
      if (input?.dims.length !== 4 || input.type !== 'float32' || !isOverHeightAndWidth(model, index, node)) continue;
      const keepsDimensions = intAttribute(node, 'keepdims', 1) === 1;
      node.opType = 'GlobalAveragePool';
      node.input = node.input.slice(0, 1);
      node.attribute = [];
      if (!keepsDimensions) {
        const output = node.output[0] ?? '';
        const pooled = name(`${output}_pooled`);
        node.output = [pooled];
        insertAfter(
          index.graph,
          node,
          makeNode('Flatten', name(`${node.name}_flatten`), [pooled], [output], { axis: 1 }),
        );
      }
      changes++;
    }
    if (changes > 0) dropUnused(model);
    return changes;
  },
};

function isOverHeightAndWidth(model: Model, index: GraphIndex, node: NodeProto): boolean {
  const axes = axesOf(model, index, node)?.map((axis) => (axis < 0 ? axis + 4 : axis));
  return axes?.length === 2 && axes.includes(2) && axes.includes(3);
}

/** The axes: an attribute before operator set 18, then an input. */
function axesOf(model: Model, index: GraphIndex, node: NodeProto): number[] | undefined {
  if (findAttribute(node, 'axes')) return intsAttribute(node, 'axes');
  const constant = index.constants.get(node.input[1] ?? '');
  return constant && readInts(model, constant);
}
