import { describe, expect, it } from 'vitest';
import { batchSamples } from '../../../src/data/batchSamples';
import type { Sample, SampleSource } from '../../../src/data/dataset';
import { createDataset } from '../../../src/data/dataset';
import { CorruptSampleError } from '../../../src/data/errors';
import type { TensorData } from '../../../src/onnx/tensorValue';
import { CancelledError } from '../../../src/util/pressError';
import { collect } from './fixtures';

function source(count: number, corrupt: readonly number[] = []): SampleSource & { readonly reads: number[] } {
  const reads: number[] = [];
  return {
    reads,
    kind: 'npz',
    description: `${count} samples in s`,
    count,
    hasLabels: true,
    classNames: ['a', 'b', 'c'],
    notes: [],
    inputNames: ['x'],
    nameOf: (index) => `s[${index}]`,
    labelOf: (index) => index,
    contentOf: (index) => {
      reads.push(index);
      if (corrupt.includes(index)) throw new CorruptSampleError(`s[${index}]`, 'broken');
      return { inputs: { x: { type: 'float32', dims: [1], data: Float32Array.of(index) } } };
    },
  };
}

const namesOf = (samples: readonly Sample[]): string[] => samples.map((sample) => sample.source);

describe('createDataset', () => {
  it('yields a range in order', async () => {
    const dataset = createDataset(source(10));
    expect(namesOf(await collect(dataset, { start: 6, end: 9 }))).toEqual(['s[6]', 's[7]', 's[8]']);
  });

  it('shuffles all samples before limiting, the same way for the same seed', async () => {
    const names = async (seed: number): Promise<string[]> =>
      namesOf(await collect(createDataset(source(100), { shuffle: true, seed, limit: 5 })));
    const first = await names(1);
    expect(first).toHaveLength(5);
    expect(first).not.toEqual(['s[0]', 's[1]', 's[2]', 's[3]', 's[4]']);
    expect(await names(1)).toEqual(first);
    expect(await names(2)).not.toEqual(first);
  });

  it('skips unreadable samples and names each once', async () => {
    const dataset = createDataset(source(5, [1, 3]));
    expect(namesOf(await collect(dataset))).toEqual(['s[0]', 's[2]', 's[4]']);
    await collect(dataset);
    expect(dataset.skipped).toEqual([
      { source: 's[1]', reason: 'broken' },
      { source: 's[3]', reason: 'broken' },
    ]);
  });

  it('refuses data of which nothing is readable', async () => {
    const dataset = createDataset(source(2, [0, 1]));
    await expect(collect(dataset)).rejects.toThrow('all 2 are corrupt or unsupported, the first being s[0]: broken');
  });

  it('throws for an unreadable sample that is read directly', async () => {
    await expect(createDataset(source(2, [1])).read(1)).rejects.toMatchObject({ code: 'bad-dataset' });
  });

  it('stops when cancelled', async () => {
    const controller = new AbortController();
    const run = async (): Promise<void> => {
      for await (const sample of createDataset(source(50)).samples({ signal: controller.signal })) {
        if (sample.source === 's[2]') controller.abort();
      }
    };
    await expect(run()).rejects.toBeInstanceOf(CancelledError);
  });

  it('reads only a few samples ahead', async () => {
    const from = source(100);
    for await (const sample of createDataset(from).samples()) if (sample.source === 's[1]') break;
    expect(from.reads.length).toBeLessThanOrEqual(6);
  });

  it('offsets labels and class names together', async () => {
    const up = createDataset(source(3), { labelOffset: 1 });
    expect([(await up.read(0)).label, up.classNames]).toEqual([1, ['class 0', 'a', 'b', 'c']]);
    const down = createDataset(source(3), { labelOffset: -1 });
    expect([(await down.read(1)).label, down.classNames]).toEqual([0, ['b', 'c']]);
    await expect(down.read(0)).rejects.toThrow('s[0] has label -1 after adding labelOffset -1');
  });

  it('refuses positions outside', async () => {
    await expect(createDataset(source(3), { limit: 2 }).read(2)).rejects.toThrow('outside 0..1');
  });
});

describe('batchSamples', () => {
  const sample = (dims: readonly number[], data: TensorData, label?: number): Sample => ({
    inputs: { x: { type: Array.isArray(data) ? 'string' : 'float32', dims, data } },
    source: 's',
    ...(label === undefined ? {} : { label }),
  });

  it('joins along the first axis and keeps labels in order', () => {
    const parts = [sample([1, 2], Float32Array.of(1, 2), 7), sample([1, 2], Float32Array.of(3, 4))];
    expect(batchSamples(parts)).toEqual({
      inputs: { x: { type: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) } },
      labels: [7, undefined],
    });
  });

  it('joins strings', () => {
    expect(batchSamples([sample([1], ['a']), sample([1], ['b'])]).inputs.x?.data).toEqual(['a', 'b']);
  });

  it.each([
    ['different shapes', [1, 2], [1, 3]],
    ['scalars', [], []],
  ])('refuses %s', (_, a, b) => {
    const parts = [a, b].map((dims) => sample(dims, new Float32Array(dims.reduce((x, y) => x * y, 1))));
    expect(() => batchSamples(parts)).toThrow('Samples cannot be joined: "x" is');
  });
});
