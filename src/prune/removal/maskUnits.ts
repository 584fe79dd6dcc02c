import { indexGraph } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import { TensorProto_DataType as Type, type TensorProto } from '../../onnx/onnx_pb';
import type { Coupling, Removal } from '../coupling/types';
import { keptElements } from './keptElements';
import { zeroTensor } from './tensorRows';

const FLOATS: ReadonlySet<number> = new Set([Type.FLOAT, Type.DOUBLE, Type.FLOAT16, Type.BFLOAT16]);

/**
 * Sets to zero, in place and in the original shapes, the float weights that {@link removeUnits} would take out: those
 * that make the units (filters, biases, scales) and those that read them. Where a group is `exact`, the masked model
 * computes what the smaller one computes. Throws `bad-option` as removeUnits does.
 */
export function maskUnits(model: Model, coupling: Coupling, removal: Removal): void {
  const { initializers } = indexGraph(model);
  const kept = keptElements(
    coupling,
    removal,
    ({ tensor, role }) => role !== 'carries' && isFloat(initializers.get(tensor)),
  );
  for (const [name, axes] of kept) {
    const tensor = initializers.get(name);
    if (tensor) zeroTensor(model, tensor, axes);
  }
}

function isFloat(tensor: TensorProto | undefined): boolean {
  return tensor !== undefined && FLOATS.has(tensor.dataType);
}
