import { createNamer, indexGraph } from '../graphIndex';
import type { NodeProto } from '../onnx_pb';
import { addFloatTensor, dimsOf, readFloats } from '../tensor';
import { affineOf, composeAffine, floatConstant, identityAffine, type Affine } from './affine';
import { addInitializer, dropUnused, isOperator, removeNodes, soleConsumer } from './editGraph';
import { linearNode, storeFloats, type FoldContext } from './linearNode';
import type { Pass } from './pass';

/**
 * Folds BatchNormalization, and Mul and Add by constants per channel, into the weights and bias of the Conv,
 * ConvTranspose, Gemm or MatMul before them (Jacob et al., 2018, section 3.2), or into the BatchNormalization before.
 * The node in front keeps its name and takes over the output. It is left when anything else reads its output.
 * Products are computed in double precision and rounded once.
 */
export const foldAffine: Pass = {
  name: 'BatchNormalization folded',
  exact: false,
  async apply(model, context) {
    const index = indexGraph(model);
    const types = await context.types();
    const rank = (tensor: string | undefined): number | undefined => types.get(tensor ?? '')?.dims.length || undefined;
    const fold: FoldContext = { model, index, name: createNamer(model), rank };
    const folded = new Set<NodeProto>();
    let changes = 0;
    for (const node of index.graph.node) {
      if (folded.has(node)) continue;
      changes += isOperator(node, 'MatMul') ? foldIntoMatMul(fold, node, folded) : foldIntoLinear(fold, node, folded);
    }
    removeNodes(index.graph, folded);
    if (changes > 0) dropUnused(model);
    return changes;
  },
};

function foldIntoLinear(fold: FoldContext, node: NodeProto, folded: Set<NodeProto>): number {
  const linear = linearNode(fold, node);
  if (!linear) return 0;
  let total: Affine | undefined;
  let count = 0;
  for (;;) {
    const output = node.output[0] ?? '';
    const next = soleConsumer(fold.index, output);
    const affine = next && affineOf(fold.model, fold.index, next, output, linear.shape);
    if (!next || !affine) break;
    total = composeAffine(total ?? identityAffine(linear.shape.channels), affine);
    node.output = [next.output[0] ?? ''];
    folded.add(next);
    count++;
  }
  if (total) linear.absorb(total);
  return count;
}

/** MatMul has no bias: its scale goes into the weight, and the normalization becomes (or joins) an Add. */
function foldIntoMatMul(fold: FoldContext, node: NodeProto, folded: Set<NodeProto>): number {
  const { model, index } = fold;
  const weight = floatConstant(index, node.input[1]);
  const dims = weight ? dimsOf(weight) : [];
  const channels = dims[1];
  if (!weight || dims.length !== 2 || channels === undefined || fold.rank(node.output[0]) !== 2) return 0;
  const next = soleConsumer(index, node.output[0]);
  const bias = isOperator(next, 'Add')
    ? affineOf(model, index, next, node.output[0] ?? '', { channels, rank: 2 })
    : undefined;
  const last = bias && next ? next : node;
  const output = last.output[0] ?? '';
  const norm = soleConsumer(index, output);
  if (!isOperator(norm, 'BatchNormalization')) return 0;
  const affine = affineOf(model, index, norm, output, { channels, rank: 2 });
  if (!affine) return 0;
  const values = readFloats(model, weight).map((value, i) => value * (affine.scale[i % channels] ?? 1));
  storeFloats(fold, node, 1, weight, dims, values);
  const total = bias ? composeAffine(bias, affine) : affine;
  const wanted = `${norm.name || output}_bias`;
  norm.opType = 'Add';
  norm.attribute = [];
  norm.input = [
    node.output[0] ?? '',
    addInitializer(model, addFloatTensor(model, fold.name(wanted), [channels], total.shift)),
  ];
  if (bias && next) folded.add(next);
  return 1;
}
