import { describe, expect, it } from 'vitest';
import { createDetectionMeter } from '../../../../src/evaluate/detection/detectionMeter';
import type { Sample } from '../../../../src/data/dataset';
import type { DetectionTask } from '../../../../src/data/taskSchema';
import { temporaryFolder, writeFile } from '../../data/fixtures';
import { floatInfo, floats } from '../fakes';

const outputs = [floatInfo('boxes', [1, 'n', 4]), floatInfo('scores', [1, 'n'])];
const settings = { modelCount: 2, seed: 0 };

function task(decoder: Partial<DetectionTask['decoder']> = {}, images = 2): DetectionTask {
  const folder = temporaryFolder();
  const coco = {
    images: Array.from({ length: images }, (_, id) => ({ id, file_name: `${id}.png`, width: 200, height: 100 })),
    annotations: Array.from({ length: images }, (_, id) => ({ image_id: id, category_id: 7, bbox: [20, 10, 40, 20] })),
    categories: [{ id: 7, name: 'cat' }],
  };
  return {
    kind: 'detection',
    annotations: writeFile(folder, 'coco.json', JSON.stringify(coco)),
    decoder: { boxes: 'boxes', scores: 'scores', ...decoder },
  };
}

const sample = (index: number): Sample => ({ inputs: {}, source: `/images/${index}.png`, index });
const run = (values: readonly number[]) => ({ boxes: floats([1, 1, 4], values), scores: floats([1, 1], [0.9]) });

describe('createDetectionMeter', () => {
  it('measures two models on the same images, and the change between them', async () => {
    const meter = await createDetectionMeter(task(), outputs, settings);
    await meter.add([sample(0)], [run([20, 10, 60, 30]), run([20, 10, 60, 30])]);
    await meter.add([sample(1)], [run([20, 10, 60, 30]), run([90, 10, 99, 30])]);
    const [overall, at50] = await meter.finish();
    expect([overall, at50].map((each) => each?.models[0])).toMatchObject([
      { name: 'mAP 0.5:0.95', figure: { value: 1, low: 1, high: 1, count: 2 } },
      { name: 'mAP 0.5', figure: { value: 1, low: 1, high: 1, count: 2 } },
    ]);
    // Half of the objects are found, and the wrong box scores as high as the right one.
    expect(at50?.models[1]?.figure.value).toBeCloseTo(51 / 101, 12);
    expect(at50?.change).toMatchObject({ count: 2, high: 0, low: -1 });
    expect(at50?.models[0]?.classes).toEqual([{ label: 0, name: 'cat', value: 1, count: 2 }]);
  });

  it('brings boxes back through crop and resize', async () => {
    // The image of 100x200 was resized to 50x100, and 40x80 of it cut out from 5 down and 10 to the right.
    const placement = {
      original: [100, 200] as const,
      resized: [50, 100] as const,
      region: { top: 5, left: 10, height: 40, width: 80 },
    };
    const placed = { ...sample(0), placement };
    const pixels = await createDetectionMeter(task({}, 1), outputs, { modelCount: 1, seed: 0 });
    await pixels.add([placed], [run([0, 0, 20, 10])]);
    expect((await pixels.finish())[0]?.models[0]?.figure.value).toBe(1);
    const shares = await createDetectionMeter(task({ units: 'normalized' }, 1), outputs, { modelCount: 1, seed: 0 });
    await shares.add([placed], [run([0, 0, 20 / 80, 10 / 40])]);
    expect((await shares.finish())[0]?.models[0]?.figure.value).toBe(1);
  });

  it('takes the size of the image from the annotations where the sample is no image', async () => {
    const meter = await createDetectionMeter(task({ units: 'normalized' }, 1), outputs, { modelCount: 1, seed: 0 });
    await meter.add([{ inputs: {}, source: 'x.npz[0]', index: 0 }], [run([0.1, 0.1, 0.3, 0.3])]);
    expect((await meter.finish())[1]?.models[0]?.figure).toMatchObject({ value: 1, count: 1 });
  });

  it('refuses an image that is not annotated, and outputs that the model does not have', async () => {
    const meter = await createDetectionMeter(task(), outputs, settings);
    expect(() => meter.add([{ inputs: {}, source: 'other.png' }], [])).toThrow(/does not list other\.png/);
    await expect(createDetectionMeter(task({ scores: 'conf' }), outputs, settings)).rejects.toThrow(
      /names the output "conf", but the model has "boxes", "scores"/,
    );
  });
});
