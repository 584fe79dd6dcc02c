import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';

const FOLDER = join(__dirname, '../../media/sample');
const PIXELS = 28 * 28;

interface Dataset {
  readonly kind: string;
  readonly path: string;
  readonly labels: string;
  readonly preprocess: {
    readonly scale: number;
    readonly mean: [number];
    readonly std: [number];
    readonly layout: string;
    readonly channels: string;
  };
}

function readDataset(name: string): Dataset {
  // The file is part of this repository; the tests below check what they use of it.
  return JSON.parse(readFileSync(join(FOLDER, `digits-${name}.dataset.json`), 'utf8')) as Dataset;
}

function readIdx(path: string): { readonly shape: number[]; readonly values: Uint8Array } {
  const bytes = readFileSync(join(FOLDER, path));
  expect([...bytes.subarray(0, 3)]).toEqual([0, 0, 8]);
  const dimensions = bytes.readUInt8(3);
  const shape = Array.from({ length: dimensions }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  return { shape, values: new Uint8Array(bytes.subarray(4 + 4 * dimensions)) };
}

function imageKeys(name: string): string[] {
  const { values } = readIdx(readDataset(name).path);
  return Array.from({ length: values.length / PIXELS }, (_, index) =>
    Buffer.from(values.subarray(index * PIXELS, (index + 1) * PIXELS)).toString('base64'),
  );
}

describe('sample workspace', () => {
  it.each([
    ['calibration', 500],
    ['evaluation', 1000],
  ])('holds the %s samples that its dataset file names', (name, count) => {
    const dataset = readDataset(name);
    const images = readIdx(dataset.path);
    const labels = readIdx(dataset.labels);

    expect(dataset.kind).toBe('idx');
    expect(images.shape).toEqual([count, 28, 28]);
    expect(images.values).toHaveLength(count * PIXELS);
    expect(labels.shape).toEqual([count]);
    expect(labels.values).toHaveLength(count);
    expect([...new Set(labels.values)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('evaluates on images that calibration has not seen', () => {
    const calibration = imageKeys('calibration');
    const evaluation = imageKeys('evaluation');

    expect(new Set([...calibration, ...evaluation]).size).toBe(1500);
  });

  it('normalizes like the training script', () => {
    const script = readFileSync(join(FOLDER, 'train_digits.py'), 'utf8');
    const [, mean, std] = /^MEAN, STD = ([\d.]+), ([\d.]+)/m.exec(script) ?? [];

    for (const name of ['calibration', 'evaluation']) {
      expect(readDataset(name).preprocess).toEqual({
        scale: 1 / 255,
        mean: [Number(mean)],
        std: [Number(std)],
        layout: 'NCHW',
        channels: 'gray',
      });
    }
  });

  it('has a small model that is more than 97 % accurate, in batches and one by one', async () => {
    const model = join(FOLDER, 'digits.onnx');
    expect(statSync(model).size).toBeLessThan(500_000);

    const dataset = readDataset('evaluation');
    const { scale, mean, std } = dataset.preprocess;
    const input = Float32Array.from(readIdx(dataset.path).values, (value) => (value * scale - mean[0]) / std[0]);
    const labels = readIdx(dataset.labels).values;
    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
    const classify = async (first: number, count: number): Promise<number[]> => {
      const images = input.subarray(first * PIXELS, (first + count) * PIXELS);
      const { logits } = await session.run({ image: new ort.Tensor('float32', images, [count, 1, 28, 28]) });
      expect(logits?.dims).toEqual([count, 10]);
      // The model's output is float32.
      const scores = logits?.data as Float32Array;
      return Array.from({ length: count }, (_, row) => {
        const ofRow = scores.subarray(10 * row, 10 * row + 10);
        return ofRow.indexOf(Math.max(...ofRow));
      });
    };

    const predictions = await classify(0, 1000);
    expect(predictions.filter((digit, index) => digit === labels[index]).length).toBeGreaterThan(970);
    expect(await classify(123, 1)).toEqual([predictions[123]]);
  });
});
