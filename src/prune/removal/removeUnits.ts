import { createNamer, indexGraph } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import type { ValueInfoProto } from '../../onnx/onnx_pb';
import { dropUnused } from '../../onnx/rewrites/editGraph';
import type { TensorInfo } from '../../onnx/tensorValue';
import { validateModel } from '../../onnx/validateModel';
import type { Coupling, Removal } from '../coupling/types';
import { adjustNode } from './adjustNodes';
import { countKept, keptElements } from './keptElements';
import { ShapeEdits } from './shapeEdits';
import { sliceTensor } from './tensorRows';

/**
 * Takes units out of a model, in place: weights become smaller on every axis that a unit lies on, and so do the
 * attributes and constants that tell lengths of such axes. The inputs and outputs of the model keep their shapes.
 * `types` and `coupling` are those of the model as given, and say nothing about the result. Throws `bad-option`, before
 * anything is changed, when the removal does not fit the coupling or leaves nothing of a group.
 */
export function removeUnits(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  coupling: Coupling,
  removal: Removal,
): void {
  const kept = keptElements(coupling, removal);
  if (kept.size === 0) return;
  const index = indexGraph(model);
  const edits = new ShapeEdits(model, createNamer(model));
  for (const node of index.graph.node) adjustNode(node, { model, index, types, kept, edits });
  edits.apply();
  for (const [name, tensor] of index.initializers) {
    const axes = kept.get(name);
    if (axes) sliceTensor(model, tensor, axes);
  }
  for (const value of index.graph.valueInfo) shorten(value, kept.get(value.name));
  dropUnused(model);
  validateModel(model);
}

function shorten(value: ValueInfoProto, axes: ReadonlyMap<number, Uint8Array> | undefined): void {
  if (value.type?.value.case !== 'tensorType') return;
  for (const [axis, kept] of axes ?? []) {
    const dim = value.type.value.value.shape?.dim[axis];
    if (dim?.value.case === 'dimValue') dim.value.value = BigInt(countKept(kept));
  }
}
