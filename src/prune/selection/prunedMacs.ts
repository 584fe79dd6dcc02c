import { countMacs } from '../../evaluate/countMacs';
import { mainGraph, type Model } from '../../onnx/model';
import type { TensorInfo } from '../../onnx/tensorValue';
import type { Coupling, Removal } from '../coupling/types';

/** The multiply-accumulates of the main graph for one sample. */
export function modelMacs(model: Model, types: ReadonlyMap<string, TensorInfo>): number {
  return mainGraph(model).node.reduce((sum, node) => sum + countMacs(node, types), 0);
}

/** The types that the tensors of a model have once the units are removed. */
export function prunedTypes(
  types: ReadonlyMap<string, TensorInfo>,
  coupling: Coupling,
  removal: Removal,
): Map<string, TensorInfo> {
  const gone = new Map<string, Set<number>[]>();
  for (const { name, members } of coupling.groups) {
    const units = removal.get(name);
    if (!units) continue;
    for (const { tensor, axis, elements } of members) {
      const axes = gone.get(tensor) ?? [];
      gone.set(tensor, axes);
      const positions = (axes[axis] ??= new Set());
      for (const unit of units) for (const position of elements[unit] ?? []) positions.add(position);
    }
  }
  const pruned = new Map(types);
  for (const [tensor, axes] of gone) {
    const info = types.get(tensor);
    if (!info) continue;
    const dims = info.dims.map((dim, axis) => (typeof dim === 'number' ? dim - (axes[axis]?.size ?? 0) : dim));
    pruned.set(tensor, { ...info, dims });
  }
  return pruned;
}
