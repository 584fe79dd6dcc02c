import { describe, expect, it } from 'vitest';
import type { Preprocess } from '../../../src/data/datasetFile';
import { placeImage } from '../../../src/data/imageGeometry';
import { planImages } from '../../../src/data/imagePlan';
import type { Pixels } from '../../../src/data/pixels';
import type { TensorInfo } from '../../../src/onnx/tensorValue';
import { PressError } from '../../../src/util/pressError';
import { input } from './fixtures';

/** One row of two pixels: (10, 20, 30) and (40, 50, 60). */
const image: Pixels = { width: 2, height: 1, channels: 3, data: Uint8Array.of(10, 20, 30, 40, 50, 60) };

function feed(info: TensorInfo, preprocess?: Preprocess, pixels = image): { dims: readonly number[]; data: unknown[] } {
  const tensor = planImages([info], undefined, preprocess, { mayResize: false }).toTensor(pixels, 'a.png')[info.name];
  return { dims: tensor?.dims ?? [], data: [...(tensor?.data ?? [])] };
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof PressError ? `${error.code}: ${error.message}` : String(error);
  }
  return 'no error';
}

describe('planImages', () => {
  it.each<[string, TensorInfo['dims'], Preprocess | undefined, readonly number[], readonly number[]]>([
    ['NCHW by the channel dimension', ['n', 3, 'h', 'w'], undefined, [1, 3, 1, 2], [10, 40, 20, 50, 30, 60]],
    ['NHWC by the channel dimension', ['n', 'h', 2, 3], undefined, [1, 1, 2, 3], [10, 20, 30, 40, 50, 60]],
    ['NCHW when all is dynamic', ['n', 'c', 'h', 'w'], undefined, [1, 3, 1, 2], [10, 40, 20, 50, 30, 60]],
    ['NHWC when told so', ['n', 'a', 'b', 'c'], { layout: 'NHWC' }, [1, 1, 2, 3], [10, 20, 30, 40, 50, 60]],
    ['BGR', ['n', 3, 1, 2], { channels: 'bgr' }, [1, 3, 1, 2], [30, 60, 20, 50, 10, 40]],
    ['grey for one channel', ['n', 1, 1, 2], undefined, [1, 1, 1, 2], [18, 48]],
    ['grey without a channel dimension', ['n', 1, 2], undefined, [1, 1, 2], [18, 48]],
    ['an unbatched image', [3, 1, 2], undefined, [3, 1, 2], [10, 40, 20, 50, 30, 60]],
    ['a flattened image', ['n', 6], undefined, [1, 6], [10, 40, 20, 50, 30, 60]],
    ['batch 1 for a fixed batch of 8', [8, 3, 1, 2], undefined, [1, 3, 1, 2], [10, 40, 20, 50, 30, 60]],
  ])('feeds %s', (_, dims, preprocess, expectedDims, data) => {
    expect(feed(input('x', dims), preprocess)).toEqual({ dims: expectedDims, data });
  });

  it('makes three equal channels of a grey image', () => {
    const gray: Pixels = { width: 2, height: 1, channels: 1, data: Uint8Array.of(5, 6) };
    expect(feed(input('x', [1, 3, 1, 2]), undefined, gray).data).toEqual([5, 6, 5, 6, 5, 6]);
  });

  it('scales, then subtracts the mean and divides by the deviation, in channel order', () => {
    const preprocess: Preprocess = { channels: 'bgr', scale: 0.5, mean: [1, 2, 3], std: [1, 2, 4] };
    expect(feed(input('x', [1, 3, 1, 2]), preprocess).data).toEqual([14, 29, 4, 11.5, 0.5, 4.25]);
  });

  it.each<[TensorInfo['type'], readonly unknown[]]>([
    ['uint8', [0, 10, 0, 20, 0, 30]],
    ['int8', [-20, 10, -10, 20, 0, 30]],
    ['int32', [-20, 10, -10, 20, 0, 30]],
    ['int64', [-20n, 10n, -10n, 20n, 0n, 30n]],
    ['float16', [0xcd00, 0x4900, 0xc900, 0x4d00, 0, 0x4f80]],
    ['float64', [-20, 10, -10, 20, 0, 30]],
  ])('casts to %s', (type, data) => {
    expect(feed(input('x', [1, 3, 1, 2], type), { mean: 30 }).data).toEqual(data);
  });

  it('notes that values are raw, unless they are preprocessed or the input is 8-bit', () => {
    const notes = (type: TensorInfo['type'], preprocess?: Preprocess): readonly string[] =>
      planImages([input('x', [1, 3, 1, 2], type)], undefined, preprocess, { mayResize: false }).notes.map(
        ({ message }) => message,
      );
    expect(notes('float32')[0]).toContain('as they are, 0 to 255');
    expect(notes('float32', { scale: 1 / 255 })).toEqual([]);
    expect(notes('uint8')).toEqual([]);
    expect(notes('uint8', { scale: 1 / 255 })[0]).toContain('rounded and clamped');
  });

  it.each<[string, TensorInfo[], string | undefined, Preprocess | undefined, string]>([
    [
      'an unknown input name',
      [input('x', [1, 3, 1, 2])],
      'y',
      undefined,
      'names the input "y", but the model has "x" [1, 3, 1, 2]',
    ],
    [
      'two image inputs',
      [input('a', [1, 3, 1, 2]), input('b', [1, 3, 1, 2])],
      undefined,
      undefined,
      'more than one input',
    ],
    ['no image input', [input('a', [1]), input('b', [1])], undefined, undefined, 'no input that takes images'],
    ['four channels', [input('x', ['n', 4, 1, 2])], undefined, undefined, 'with 4 channels, but "rgb" images have 3'],
    ['colour for a grey input', [input('x', ['n', 1, 1, 2])], undefined, { channels: 'rgb' }, 'with 1 channels'],
    ['strings', [input('x', [1, 3, 1, 2], 'string')], undefined, undefined, 'is of type string'],
    ['rank 5', [input('x', [1, 3, 1, 2, 2])], undefined, undefined, 'it takes rank 2, 3 or 4'],
    ['two means for three channels', [input('x', [1, 3, 1, 2])], undefined, { mean: [1, 2] }, 'has 2 values in "mean"'],
    ['a crop that never fits', [input('x', [1, 3, 4, 4])], undefined, { crop: 5 }, 'makes images of 5x5 ("crop")'],
    [
      'a resize that never fits',
      [input('x', [1, 3, 4, 4])],
      undefined,
      { resize: [4, 5] },
      'makes images of 4x5 ("resize")',
    ],
    ['a shorter side that is too short', [input('x', [1, 3, 4, 4])], undefined, { resize: 3 }, 'shorter side to 3'],
  ])('refuses %s', (_, inputs, name, preprocess, message) => {
    const run = (): unknown => planImages(inputs, name, preprocess, { mayResize: true });
    expect(messageOf(run)).toContain(message);
    expect(messageOf(run)).toMatch(/^bad-dataset: /);
  });

  it('names both shapes when an image does not fit', () => {
    const plan = planImages([input('x', ['batch', 3, 4, 4])], undefined, { crop: [4, 4] }, { mayResize: false });
    expect(messageOf(() => plan.checkSize([9, 9], 'f'))).toBe('no error');
    const bare = planImages([input('x', ['batch', 3, 4, 4])], undefined, {}, { mayResize: false });
    expect(messageOf(() => bare.checkSize([9, 9], 'f'))).toContain(
      'f gives images of 9x9, but the model\'s input "x" is [batch, 3, 4, 4]',
    );
  });

  it('resizes to the fixed size of the model when it may and nothing else is said', () => {
    const plan = planImages([input('x', [1, 3, 2, 4])], undefined, undefined, { mayResize: true });
    expect(plan.toTensor(image, 'a.png').x?.dims).toEqual([1, 3, 2, 4]);
    expect(plan.notes[0]?.message).toContain('resized to 2x4');
  });

  it('crops the centre to the size of the model after resizing the shorter side', () => {
    const plan = planImages([input('x', [1, 1, 2, 2])], undefined, { resize: 2 }, { mayResize: true });
    const gray: Pixels = { width: 4, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    expect([...(plan.toTensor(gray, 'a.png').x?.data ?? [])]).toEqual([2, 3, 6, 7]);
  });
});

describe('placeImage', () => {
  it('keeps proportions for a shorter side, rounding down as torchvision does', () => {
    expect(placeImage({ resize: 256, crop: [224, 224], notes: [] }, [375, 500])).toEqual({
      resizeTo: [256, 341],
      region: { top: 16, left: 58, height: 224, width: 224 },
    });
  });

  it('rounds half a pixel of margin to even', () => {
    const lefts = [7, 9, 11].map((width) => placeImage({ crop: [2, 4], notes: [] }, [2, width]).region.left);
    expect(lefts).toEqual([2, 2, 4]);
  });

  it('centres an image that is smaller than its crop', () => {
    expect(placeImage({ crop: [5, 5], notes: [] }, [2, 4]).region).toEqual({ top: -1, left: -0, height: 5, width: 5 });
  });

  it('refuses to make a gigantic image of a thin one', () => {
    expect(() => placeImage({ resize: 256, notes: [] }, [1, 1_000_000])).toThrow('256x256000000');
  });
});
