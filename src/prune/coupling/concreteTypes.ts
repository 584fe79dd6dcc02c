import { create } from '@bufbuild/protobuf';
import { cloneModel, mainGraph, type Model } from '../../onnx/model';
import { ValueInfoProtoSchema } from '../../onnx/onnx_pb';
import type { TensorInfo, TensorMap } from '../../onnx/tensorValue';
import { createSession } from '../../runtime/session';
import { fixInputShapes, inferTensorTypes } from '../../runtime/tensorTypes';

/**
 * Types of all tensors of the main graph with the dimensions that they have when `feed` is fed: what `couple` needs.
 * Inferred with fixed input shapes; what remains unknown, such as the result of a Reshape to a computed shape, is looked
 * up in one run. Throws `model-does-not-run`.
 */
export async function concreteTypes(model: Model, feed: TensorMap): Promise<Map<string, TensorInfo>> {
  const fixed = cloneModel(model);
  const fed = Object.entries(feed).map(([name, { type, dims }]) => ({ name, type, dims }));
  fixInputShapes(fixed, fed);
  const types = await inferTensorTypes(fixed);
  const graph = mainGraph(fixed);
  const made = graph.node.flatMap((node) => node.output).filter((name) => name !== '');
  const unknown = made.filter((name) => !isConcrete(types.get(name)));
  if (unknown.length === 0) return types;
  graph.output = unknown.map((name) => create(ValueInfoProtoSchema, { name }));
  const session = await createSession(fixed, { optimization: 'disabled' });
  try {
    const seen = session.outputs.filter(({ type }) => type !== 'unknown').map(({ name }) => name);
    const values = await session.run(feed, seen);
    for (const [name, { type, dims }] of Object.entries(values)) types.set(name, { name, type, dims });
  } finally {
    await session.release();
  }
  return types;
}

/** An unknown rank looks like that of a scalar. */
function isConcrete(info: TensorInfo | undefined): boolean {
  return info !== undefined && info.dims.length > 0 && info.dims.every((dim) => typeof dim === 'number');
}
