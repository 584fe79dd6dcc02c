import type { Sample } from '../../../src/data/dataset';
import type { ComparedModel } from '../../../src/evaluate/compareModels';
import type { TensorInfo, TensorMap, TensorValue } from '../../../src/onnx/tensorValue';
import { PressError } from '../../../src/util/pressError';

/** A float32 tensor. */
export function floats(dims: readonly number[], values: readonly number[]): TensorValue {
  return { type: 'float32', dims, data: Float32Array.from(values) };
}

/** What a float32 input or output declares. */
export function floatInfo(name: string, dims: TensorInfo['dims']): TensorInfo {
  return { name, type: 'float32', dims };
}

/** A sample whose input `x` is one row of values. */
export function rowSample(values: readonly number[], label?: number, source = `row ${values.join(' ')}`): Sample {
  return { inputs: { x: floats([1, values.length], values) }, source, ...(label === undefined ? {} : { label }) };
}

/** Samples as a stream. */
export async function* stream(samples: readonly Sample[]): AsyncGenerator<Sample> {
  yield* samples;
}

/** A model that maps each row of `x` to a row of `scores`, and records the batch sizes that it was run with. */
export function rowModel(
  toRow: (row: readonly number[]) => readonly number[],
  options: { batch?: number | string; maxBatch?: number; classes?: number } = {},
): ComparedModel & { readonly batches: number[] } {
  const batches: number[] = [];
  const { batch = 'N', maxBatch = Infinity, classes = 3 } = options;
  return {
    inputs: [floatInfo('x', [batch, 'width'])],
    outputs: [floatInfo('scores', [batch, classes])],
    batches,
    run: async (feeds): Promise<TensorMap> => {
      const { dims, data } = feeds['x'] as TensorValue;
      const [rowCount = 0, width = 0] = dims;
      if (rowCount > maxBatch || (typeof batch === 'number' && rowCount !== batch)) {
        throw new PressError('model-does-not-run', `no batch of ${rowCount}`);
      }
      batches.push(rowCount);
      const numbers = Array.from(data as Float32Array);
      const rows = Array.from({ length: rowCount }, (_, row) => toRow(numbers.slice(row * width, (row + 1) * width)));
      return { scores: floats([rowCount, rows[0]?.length ?? 0], rows.flat()) };
    },
  };
}
