import type { Model } from '../../onnx/model';
import type { OperatorSetIdProto } from '../../onnx/onnx_pb';

/** Adds operator sets of domains that a model does not have yet. */
export function importOpsets(model: Model, opsets: readonly OperatorSetIdProto[]): void {
  const known = new Set(model.proto.opsetImport.map(({ domain }) => domain));
  model.proto.opsetImport.push(...opsets.filter(({ domain }) => !known.has(domain)));
}
