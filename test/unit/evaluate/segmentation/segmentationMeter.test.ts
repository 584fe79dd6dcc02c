import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../../src/data/dataset';
import type { SegmentationTask } from '../../../../src/data/taskSchema';
import { createSegmentationMeter } from '../../../../src/evaluate/segmentation/segmentationMeter';
import { predictedClasses } from '../../../../src/evaluate/segmentation/predictedClasses';
import { npy, temporaryFolder, writeFile } from '../../data/fixtures';
import { floatInfo, floats } from '../fakes';

/** A task whose masks are the rows of an array of bytes. */
function task(
  shape: readonly [number, number, number],
  masks: readonly number[],
  more: Partial<SegmentationTask> = {},
): SegmentationTask {
  const path = writeFile(temporaryFolder(), 'masks.npy', npy('|u1', shape, Uint8Array.from(masks)));
  return { kind: 'segmentation', masks: path, ...more };
}

/** Scores of three classes for a row of pixels whose best classes these are. */
const scores = (classes: readonly number[]) =>
  floats(
    [1, 3, 1, classes.length],
    [0, 1, 2].flatMap((label) => classes.map((each) => (each === label ? 1 : 0))),
  );
const sample = (index: number, more: Partial<Sample> = {}): Sample => ({
  inputs: {},
  source: `x[${index}]`,
  index,
  ...more,
});
const outputs = [floatInfo('logits', [1, 3, 1, 4])];

async function meanOf(wanted: SegmentationTask, rows: readonly (readonly number[])[], samples?: readonly Sample[]) {
  const meter = await createSegmentationMeter(wanted, outputs, { modelCount: 1, seed: 0 });
  for (const [i, row] of rows.entries()) await meter.add([samples?.[i] ?? sample(i)], [{ logits: scores(row) }]);
  const [overlap, accuracy] = await meter.finish();
  return { overlap: overlap?.models[0], accuracy: accuracy?.models[0]?.figure };
}

describe('createSegmentationMeter', () => {
  it('sums up intersections and unions over all samples', async () => {
    // Class 0: 2 of 4, class 1: 2 of 4, class 2: 1 of 2; a pixel of 255 does not count.
    const { overlap, accuracy } = await meanOf(task([2, 1, 4], [0, 0, 1, 1, 0, 1, 2, 255]), [
      [0, 1, 1, 1],
      [0, 0, 2, 2],
    ]);
    expect(overlap?.name).toBe('mIoU');
    expect(overlap?.figure).toMatchObject({ value: (2 / 4 + 2 / 4 + 1) / 3, count: 2 });
    expect(overlap?.classes).toEqual([
      { label: 0, value: 2 / 4, count: 3 },
      { label: 1, value: 2 / 4, count: 3 },
      { label: 2, value: 1, count: 1 },
    ]);
    expect(accuracy).toMatchObject({ value: 5 / 7 });
    expect(accuracy?.low).toBeLessThan(5 / 7);
    expect(accuracy?.high).toBeGreaterThanOrEqual(5 / 7);
  });

  it('compares two models on the same samples', async () => {
    const meter = await createSegmentationMeter(task([1, 1, 4], [0, 0, 1, 1]), outputs, { modelCount: 2, seed: 0 });
    await meter.add([sample(0)], [{ logits: scores([0, 0, 1, 1]) }, { logits: scores([0, 0, 0, 0]) }]);
    const [overlap] = await meter.finish();
    expect(overlap?.models.map(({ figure }) => figure.value)).toEqual([1, 0.25]);
    expect(overlap?.change).toEqual({ value: -0.75, low: -0.75, high: -0.75, count: 1 });
  });

  it('looks a mask of the original size up through crop and resize', async () => {
    // The image was doubled in width, and the middle half of it cut out: the model sees columns 1, 1, 2, 2.
    const placement = {
      original: [1, 4] as const,
      resized: [1, 8] as const,
      region: { top: 0, left: 2, height: 1, width: 4 },
    };
    const { accuracy } = await meanOf(task([1, 1, 4], [2, 0, 1, 2]), [[0, 0, 1, 1]], [sample(0, { placement })]);
    expect(accuracy?.value).toBe(1);
  });

  it('says which sample has no mask, and which class the model does not have', async () => {
    await expect(
      meanOf(task([1, 1, 4], [0, 0, 0, 0]), [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ]),
    ).rejects.toThrow(/has 1 masks, but none for x\[1\]/);
    await expect(meanOf(task([1, 1, 4], [0, 0, 0, 9]), [[0, 0, 0, 0]])).rejects.toThrow(
      /has class 9, but the model has 3/,
    );
    await expect(
      createSegmentationMeter(task([1, 1, 1], [0], { output: 'x' }), outputs, { modelCount: 1, seed: 0 }),
    ).rejects.toThrow(/names the output "x", but the model has "logits"/);
  });

  it('takes masks of something or nothing as they are drawn, black and white', async () => {
    const meter = await createSegmentationMeter(task([1, 1, 4], [0, 255, 255, 0]), [floatInfo('m', [1, 1, 1, 4])], {
      modelCount: 1,
      seed: 0,
    });
    await meter.add([sample(0)], [{ m: floats([1, 1, 1, 4], [0.2, 0.9, 0.5, 0.6]) }]);
    const [overlap] = await meter.finish();
    expect(overlap?.models[0]?.classes?.map(({ value }) => value)).toEqual([1 / 2, 2 / 3]);
  });
});

describe('predictedClasses', () => {
  const options: SegmentationTask = { kind: 'segmentation', masks: '' };

  it('finds the best class along the class axis, wherever it lies', () => {
    const nchw = predictedClasses(floats([2, 1, 2], [1, 0, 0, 3]), options);
    const nhwc = predictedClasses(floats([1, 2, 2], [1, 0, 0, 3]), { ...options, layout: 'NHWC' });
    expect([nchw, nhwc].map((each) => [...(each?.classes ?? [])])).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('takes whole numbers as classes and a threshold of one channel', () => {
    const whole = predictedClasses({ type: 'int64', dims: [1, 2], data: BigInt64Array.of(3n, 0n) }, options);
    expect([...(whole?.classes ?? [])]).toEqual([3, 0]);
    const logits = predictedClasses(floats([1, 1, 2], [-1, 1]), { ...options, activation: 'sigmoid', threshold: 0.7 });
    expect([...(logits?.classes ?? [])]).toEqual([0, 1]);
    expect(predictedClasses(floats([4], [1, 2, 3, 4]), options)).toBeUndefined();
  });
});
