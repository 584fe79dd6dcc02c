import { intAttribute } from '../../onnx/attributes';
import { indexGraph, type GraphIndex } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import type { NodeProto } from '../../onnx/onnx_pb';
import { isOperator, removeNodes } from '../../onnx/rewrites/editGraph';
import { foldConstants } from '../../onnx/rewrites/foldConstants';
import { addInt64Tensor, dimsOf, readInts } from '../../onnx/tensor';
import type { TensorInfo } from '../../onnx/tensorValue';
import { createSession } from '../../runtime/session';
import { inferTensorTypes } from '../../runtime/tensorTypes';
import { fromStart } from './rule';
import { unshareUniform } from './unshareUniform';

/** A length that becomes known can make the next one known: a transformer's heads do after its width. */
const MAX_ROUNDS = 4;

/**
 * Rewrites a normalised model, in place and exactly, so that more of it can be followed: lengths that exporters read
 * from tensors with a dynamic batch become constants where they are fixed all the same, and equal parameters that are
 * stored once get a copy a reader. Infer the types for `couple` afterwards. Throws `model-does-not-run`.
 */
export async function prepareCoupling(model: Model): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (foldKnownLengths(model, await inferTensorTypes(model)) === 0) break;
    await foldConstants.apply(model, {
      types: () => inferTensorTypes(model),
      evaluate: async (constants) => {
        const session = await createSession(constants, { optimization: 'disabled', threads: 1 });
        try {
          return await session.run({});
        } finally {
          await session.release();
        }
      },
      fedNames: new Set(),
    });
  }
  unshareUniform(model);
}

/** A Gather from the Shape of a tensor becomes a constant when the lengths that it picks are known. */
function foldKnownLengths(model: Model, types: ReadonlyMap<string, TensorInfo>): number {
  const index = indexGraph(model);
  const folded = new Set<NodeProto>();
  for (const node of index.graph.node) {
    const output = node.output[0] ?? '';
    if (!isOperator(node, 'Gather') || index.outputs.has(output)) continue;
    const lengths = lengthsPicked(model, index, types, node);
    if (!lengths) continue;
    const indices = index.constants.get(node.input[1] ?? '');
    index.graph.initializer.push(addInt64Tensor(model, output, indices ? dimsOf(indices) : [], lengths));
    folded.add(node);
  }
  removeNodes(index.graph, folded);
  return folded.size;
}

function lengthsPicked(
  model: Model,
  index: GraphIndex,
  types: ReadonlyMap<string, TensorInfo>,
  node: NodeProto,
): number[] | undefined {
  const shape = index.producers.get(node.input[0] ?? '');
  const indices = index.constants.get(node.input[1] ?? '');
  if (!isOperator(shape, 'Shape') || !indices) return undefined;
  const info = types.get(shape.input[0] ?? '');
  if (!info || info.dims.length === 0) return undefined;
  const dims = info.dims.slice(intAttribute(shape, 'start', 0), intAttribute(shape, 'end', info.dims.length));
  const picked = readInts(model, indices).map((i) => dims[fromStart(i, dims.length)]);
  return picked.every((dim) => typeof dim === 'number') ? picked : undefined;
}
