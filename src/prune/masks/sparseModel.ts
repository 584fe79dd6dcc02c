import { create } from '@bufbuild/protobuf';
import { cloneModel, mainGraph, type Model } from '../../onnx/model';
import { SparseTensorProtoSchema } from '../../onnx/onnx_pb';
import { addFloatTensor, addInt64Tensor, readFloats } from '../../onnx/tensor';

/** Bytes of a value, and of a value with its index, in a sparse initializer. */
const VALUE_BYTES = 4;
const ENTRY_BYTES = 12;

/**
 * A copy of a model whose tensors of these names are ONNX sparse initializers where that is smaller: the values that are
 * not zero, and the int64 index of each into the flattened tensor. Three times the bytes a value means that it pays above
 * two thirds of zeros (ONNX IR specification, SparseTensorProto).
 */
export function withSparseInitializers(model: Model, names: ReadonlySet<string>): Model {
  const copy = cloneModel(model);
  const graph = mainGraph(copy);
  graph.initializer = graph.initializer.filter((tensor) => {
    if (!names.has(tensor.name)) return true;
    const values = readFloats(copy, tensor);
    const indices: number[] = [];
    values.forEach((value, i) => {
      if (value !== 0) indices.push(i);
    });
    if (indices.length === 0 || indices.length * ENTRY_BYTES >= values.length * VALUE_BYTES) return true;
    const sparse = create(SparseTensorProtoSchema, { dims: [...tensor.dims] });
    sparse.values = addFloatTensor(
      copy,
      tensor.name,
      [indices.length],
      indices.map((i) => values[i] ?? 0),
    );
    sparse.indices = addInt64Tensor(copy, `${tensor.name}_indices`, [indices.length], indices);
    graph.sparseInitializer.push(sparse);
    copy.weights.delete(tensor);
    return false;
  });
  return copy;
}
