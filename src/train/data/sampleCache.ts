import type { Dataset, Sample } from '../../data/dataset';
import type { TensorValue } from '../../onnx/tensorValue';

/**
 * A data set that keeps what it read, as the model takes it, so that later epochs neither decode nor preprocess.
 * It keeps samples as they come up to `limitBytes` and reads the others anew each time: in a shuffled epoch each is
 * wanted once, so that making room for one would only cost another. What is read is the same with and without.
 */
export function cachedSamples(dataset: Dataset, limitBytes: number): Dataset {
  const kept = new Map<number, Sample>();
  let bytes = 0;
  return {
    ...dataset,
    async read(position) {
      const known = kept.get(position);
      if (known) return known;
      const sample = await dataset.read(position);
      const size = sizeOf(sample);
      if (size === undefined || bytes + size > limitBytes || kept.has(position)) return sample;
      bytes += size;
      const own = Object.entries(sample.inputs).map(([name, value]) => [name, withOwnMemory(value)] as const);
      kept.set(position, { ...sample, inputs: Object.fromEntries(own) });
      return sample;
    },
  };
}

/** Bytes of the tensors; undefined for texts, whose size nobody knows. */
function sizeOf({ inputs }: Sample): number | undefined {
  let bytes = 0;
  for (const { data } of Object.values(inputs)) {
    if (Array.isArray(data)) return undefined;
    bytes += (data as Float32Array).byteLength; // of any element type
  }
  return bytes;
}

/** A view would keep all of the memory that it looks into. */
function withOwnMemory(value: TensorValue): TensorValue {
  const data = value.data as Float32Array; // of any element type: texts are not kept
  return data.byteLength === data.buffer.byteLength ? value : ({ ...value, data: data.slice() } as TensorValue);
}
