import { create } from '@bufbuild/protobuf';
import { mainGraph, type Model } from '../../../src/onnx/model';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType as Type,
  type NodeProto,
} from '../../../src/onnx/onnx_pb';
import { addFloatTensor } from '../../../src/onnx/tensor';
import type { TensorMap } from '../../../src/onnx/tensorValue';
import { createSession } from '../../../src/runtime/session';
import { tensorValueInfo } from '../../../src/runtime/tensorTypes';
import { createRandom } from '../../../src/util/random';

/** A float32 model of the given inputs, outputs (by dims), weights and nodes. */
export function floatModel(parts: {
  inputs: Record<string, number[]>;
  outputs: Record<string, number[]>;
  weights: Record<string, { dims: number[]; values: ArrayLike<number> }>;
  nodes: NodeProto[];
  contrib?: boolean;
}): Model {
  const infos = (values: Record<string, number[]>) =>
    Object.entries(values).map(([name, dims]) => tensorValueInfo(name, Type.FLOAT, dims));
  const opset = (domain: string, version: bigint) => create(OperatorSetIdProtoSchema, { domain, version });
  const model: Model = {
    proto: create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [opset('', 17n), ...(parts.contrib ? [opset('com.microsoft', 1n)] : [])],
      graph: create(GraphProtoSchema, { name: 'g', input: infos(parts.inputs), output: infos(parts.outputs) }),
    }),
    weights: new Map(),
  };
  const graph = mainGraph(model);
  for (const [name, { dims, values }] of Object.entries(parts.weights)) {
    graph.initializer.push(addFloatTensor(model, name, dims, values));
  }
  graph.node.push(...parts.nodes);
  return model;
}

/** Standard normal values, scaled. */
export function normals(count: number, seed: number, scale = 1): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal() * scale);
}

/** Feeds of float32 values. */
export function feed(values: Record<string, { dims: number[]; data: Float32Array }>): TensorMap {
  return Object.fromEntries(
    Object.entries(values).map(([name, { dims, data }]) => [name, { type: 'float32' as const, dims, data }]),
  );
}

/** The outputs of one run. */
export async function run(model: Model, feeds: TensorMap): Promise<Record<string, Float32Array>> {
  const session = await createSession(model, { threads: 1 });
  const outputs = await session.run(feeds);
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, value.data as Float32Array]));
}

/** Signal to noise ratio of `actual` against `expected`, in dB. */
export function sqnrDb(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < expected.length; i++) {
    signal += expected[i]! ** 2;
    noise += (expected[i]! - actual[i]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

/** How often each operator occurs in the main graph. */
export function operators(model: Model): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const node of mainGraph(model).node) counts[node.opType] = (counts[node.opType] ?? 0) + 1;
  return counts;
}
