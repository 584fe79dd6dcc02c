import { malformedModel, unsupportedModel } from '../../onnx/errors';
import type { Model } from '../../onnx/model';
import { dimsOf } from '../../onnx/tensor';
import type { ElementReader } from './readElements';
import { readElements } from './readElements';
import type { StoredWeight } from './storedWeight';

/** The whole of a sparse weight is walked over, zeros included; a hostile file can claim any size. */
const MAX_ELEMENTS = 2 ** 32;

/** Reads a sparse weight as if it were dense. Throws `unsupported-model` for one of absurd size. */
export function readSparse(
  model: Model,
  { dims, values, indices }: StoredWeight,
): Pick<ElementReader, 'count' | 'read'> {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (!(count >= 0 && count <= MAX_ELEMENTS)) {
    throw unsupportedModel(`Sparse tensor "${values.name}" has ${count} elements,`, 'which is more than is shown.');
  }
  const entries = readElements(model, values);
  const stored = entries.read(0, entries.count);
  const positions = indices ? linearIndices(model, indices, dims, stored.length) : new Float64Array(0);
  const order = Uint32Array.from(positions, (_, i) => i).sort((a, b) => (positions[a] ?? 0) - (positions[b] ?? 0));
  const sorted = Float64Array.from(order, (i) => positions[i] ?? 0);
  return {
    count,
    read(offset, length) {
      const dense = new Float64Array(length);
      for (let i = lowerBound(sorted, offset); i < sorted.length; i++) {
        const at = (sorted[i] as number) - offset; // within its length
        if (at >= length) break;
        dense[at] = stored[order[i] ?? 0] ?? 0;
      }
      return dense;
    },
  };
}

function linearIndices(
  model: Model,
  indices: NonNullable<StoredWeight['indices']>,
  dims: readonly number[],
  count: number,
): Float64Array {
  const reader = readElements(model, indices);
  const numbers = reader.read(0, reader.count);
  const rank = dimsOf(indices).length === 2 ? dims.length : 1;
  if (numbers.length !== count * rank) {
    throw malformedModel(`sparse tensor with ${count} values has ${numbers.length / Math.max(1, rank)} positions`);
  }
  if (rank === 1) return numbers;
  return Float64Array.from({ length: count }, (_, i) => {
    let position = 0;
    dims.forEach((dim, axis) => (position = position * dim + (numbers[i * rank + axis] ?? 0)));
    return position;
  });
}

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
