import { clone } from '@bufbuild/protobuf';
import { createNamer, indexGraph } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import { TensorProtoSchema, type TensorProto } from '../../onnx/onnx_pb';
import { dataTypeBits } from '../../onnx/dataType';
import { dimsOf, elementCount, tensorBytes } from '../../onnx/tensor';

/** More elements than any vector of parameters; a larger tensor is not read to see whether it is uniform. */
const MAX_ELEMENTS = 1 << 16;

/**
 * Gives every reader a copy of its own of each weight whose elements are all equal, in place: exporters store equal
 * parameters once (PyTorch keeps one vector of zeros for all biases of a size), which says nothing about the layers that
 * read it but would tie their channels together. Weights that differ in their elements stay shared. To be called before
 * types are inferred and channels are coupled. Returns how many copies were made.
 */
export function unshareUniform(model: Model): number {
  const index = indexGraph(model);
  const newName = createNamer(model);
  let copies = 0;
  for (const [name, tensor] of index.initializers) {
    const readers = index.consumers.get(name) ?? [];
    const isFixed = !index.inputs.has(name) && !index.outputs.has(name) && !index.captured.has(name);
    const uses = readers.flatMap((node) => node.input.flatMap((input, i) => (input === name ? [{ node, i }] : [])));
    if (uses.length < 2 || !isFixed || !isUniform(model, tensor)) continue;
    for (const { node, i } of uses.slice(1)) {
      const copy = clone(TensorProtoSchema, tensor);
      copy.name = newName(name);
      const weight = model.weights.get(tensor);
      if (weight) model.weights.set(copy, weight);
      index.graph.initializer.push(copy);
      node.input[i] = copy.name;
      copies++;
    }
  }
  return copies;
}

function isUniform(model: Model, tensor: TensorProto): boolean {
  const bits = dataTypeBits(tensor.dataType);
  const count = elementCount(tensor);
  if (bits === undefined || bits % 8 !== 0 || count > MAX_ELEMENTS || !dimsOf(tensor).some((dim) => dim > 1))
    return false;
  const [bytes, size] = [tensorBytes(model, tensor), bits / 8];
  for (let i = size; i < bytes.length; i++) if (bytes[i] !== bytes[i - size]) return false;
  return true;
}
