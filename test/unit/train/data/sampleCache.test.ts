import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../../src/data/dataset';
import { cachedSamples } from '../../../../src/train/data/sampleCache';
import { epochBatches } from '../../../../src/train/data/batches';
import { stripes } from '../tinyTraining';

/** Bytes of a stripe. */
const SAMPLE_BYTES = 32 * 4;

function counted(dataset: Dataset): { dataset: Dataset; reads: number[] } {
  const reads: number[] = [];
  const read = (position: number) => {
    reads.push(position);
    return dataset.read(position);
  };
  return { dataset: { ...dataset, read }, reads };
}

async function epochs(dataset: Dataset, count: number): Promise<Float32Array[]> {
  const positions = Array.from({ length: dataset.count }, (_, i) => i);
  const options = {
    dataset,
    positions,
    batchSize: 1,
    seed: 3,
    augmentation: { flip: true, cropPadding: 1, cutout: 2 },
  };
  const found: Float32Array[] = [];
  for (let epoch = 0; epoch < count; epoch++) {
    for await (const { inputs } of epochBatches(options, epoch, { step: 0, position: 0 })) {
      found.push((inputs['x']?.data as Float32Array).slice()); // of a data set of floats
    }
  }
  return found;
}

describe('cachedSamples', () => {
  it('reads each sample once, and augmentation changes no kept sample', async () => {
    const { dataset, reads } = counted(stripes(6));
    expect(await epochs(cachedSamples(dataset, 6 * SAMPLE_BYTES), 3)).toEqual(await epochs(stripes(6), 3));
    expect(reads.sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('keeps no more than the limit, and reads the rest each time', async () => {
    const { dataset, reads } = counted(stripes(4));
    const cached = cachedSamples(dataset, 2.5 * SAMPLE_BYTES);
    for (const position of [0, 1, 2, 3, 0, 1, 2, 3]) await cached.read(position);
    expect(reads).toEqual([0, 1, 2, 3, 2, 3]);
  });

  it('keeps the values of a sample and not the memory that they are a view of', async () => {
    const whole = new Float32Array(1000).fill(2);
    const { dataset } = counted(stripes(1));
    const view = { type: 'float32' as const, dims: [1, 2], data: whole.subarray(4, 6) };
    const read = async () => ({ ...(await stripes(1).read(0)), inputs: { x: view } });
    const cached = cachedSamples({ ...dataset, read }, 100);
    await cached.read(0);
    whole.fill(7);
    expect(await cached.read(0)).toMatchObject({ inputs: { x: { data: Float32Array.of(2, 2) } } });
  });

  it('does not keep what cannot be read', async () => {
    let isBroken = true;
    const source = stripes(1);
    const read: Dataset['read'] = (position) => (isBroken ? Promise.reject(new Error('away')) : source.read(position));
    const cached = cachedSamples({ ...source, read }, 1000);
    await expect(cached.read(0)).rejects.toThrow('away');
    isBroken = false;
    expect(await cached.read(0)).toMatchObject({ label: 0 });
  });
});
