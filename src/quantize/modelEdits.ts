import { create } from '@bufbuild/protobuf';
import type { GraphIndex } from '../onnx/graphIndex';
import { mainGraph, type Model } from '../onnx/model';
import { OperatorSetIdProtoSchema, type TensorProto } from '../onnx/onnx_pb';

/** The domain of ONNX Runtime's own operators. */
export const CONTRIB_DOMAIN = 'com.microsoft';

/** Makes the operators of a domain usable in the model. */
export function importDomain(model: Model, domain: string, version = 1): void {
  if (model.proto.opsetImport.some((entry) => entry.domain === domain)) return;
  model.proto.opsetImport.push(create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }));
}

/** Adds initializers to the main graph. */
export function addInitializers(model: Model, ...tensors: readonly TensorProto[]): void {
  mainGraph(model).initializer.push(...tensors);
}

/** The initializer of that name if its value is fixed: not when a graph input of the same name can override it. */
export function fixedInitializer(index: GraphIndex, name: string | undefined): TensorProto | undefined {
  return name === undefined || index.inputs.has(name) ? undefined : index.initializers.get(name);
}
