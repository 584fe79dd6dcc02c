import { existsSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { errorMessage } from '../util/pressError';
import type { Sample } from './dataset';
import { decodeImage } from './decodeImage';
import { badDataset, formatShape } from './errors';
import { readPart, readWhole, statPath, withFile } from './fileAccess';
import { readIndexedPng } from './indexedPng';
import { openNpy, type NpyArray } from './npy';
import type { SegmentationTask } from './taskSchema';
import { openZipEntry, readZipDirectory } from './zip';

/** The class of every pixel. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly classes: ArrayLike<number>;
}

/** The masks of a dataset, by sample. */
export interface Masks {
  /** Throws `bad-dataset` for a sample without a mask, or one that cannot be read. */
  maskOf(sample: Sample): Promise<Mask>;
}

const MAX_MASK_BYTES = 256 * 1024 * 1024;
const DEFAULT_ARRAY = 'masks';
/** What a pixel of a colour that is no class counts as. */
const NO_CLASS = 0xffff;

/** Opens the masks of a segmentation task: a folder of images, or an array of [samples, height, width]. */
export async function openMasks(task: SegmentationTask): Promise<Masks> {
  const path = task.masks;
  if ((await statPath(path)).isDirectory()) return { maskOf: (sample) => readMaskFile(path, task, sample) };
  const array = await openMaskArray(path, task.array ?? DEFAULT_ARRAY);
  const [count = 0, height = 0, width = 0] = array.shape;
  if (array.shape.length !== 3) {
    throw badDataset(
      path,
      `has shape ${formatShape(array.shape)}, but masks are [samples, height, width]. Correct it.`,
    );
  }
  return {
    async maskOf({ index, source }) {
      if (index === undefined || index >= count) {
        throw badDataset(path, `has ${count} masks, but none for ${source}. Give one for each sample, in their order.`);
      }
      const row = await array.readRow(index);
      return {
        width,
        height,
        classes: row instanceof BigInt64Array || row instanceof BigUint64Array ? Array.from(row, Number) : row,
      };
    },
  };
}

async function openMaskArray(path: string, name: string): Promise<NpyArray> {
  if (extname(path).toLowerCase() === '.npy') {
    const size = await withFile(path, (_, fileSize) => Promise.resolve(fileSize));
    return openNpy({ size, read: (offset, length) => readPart(path, offset, length) }, path);
  }
  const entries = await readZipDirectory(path);
  const entry = entries.find((each) => each.name === `${name}.npy`);
  if (entry) return openNpy(await openZipEntry(path, entry), `${path}[${name}]`);
  throw badDataset(path, `holds no array "${name}". Name the array of masks with "array" in "task".`);
}

async function readMaskFile(folder: string, task: SegmentationTask, { source }: Sample): Promise<Mask> {
  const stem = basename(source, extname(source));
  const path = join(folder, `${stem}${task.suffix ?? '.png'}`);
  if (!existsSync(path)) throw badDataset(path, `was not found: it is the mask of ${source}. Put it there.`);
  if (!task.colors) {
    const indexed = await indexedOf(path);
    if (indexed) return { width: indexed.width, height: indexed.height, classes: indexed.indices };
  }
  const { width, height, channels, data } = await decodeImage(path);
  const classes = new Uint16Array(width * height);
  const byColor = task.colors && new Map(task.colors.map(([r, g, b], label) => [(r << 16) | (g << 8) | b, label]));
  for (let i = 0; i < classes.length; i++) {
    const red = data[i * channels] ?? 0;
    const green = channels === 3 ? (data[i * 3 + 1] ?? 0) : red;
    const blue = channels === 3 ? (data[i * 3 + 2] ?? 0) : red;
    if (byColor) classes[i] = byColor.get((red << 16) | (green << 8) | blue) ?? NO_CLASS;
    else if (red === green && green === blue) classes[i] = red;
    else throw badDataset(path, 'is coloured. Say which colour is which class with "colors" in "task".');
  }
  return { width, height, classes };
}

async function indexedOf(path: string): ReturnType<typeof readIndexedPng> {
  try {
    return await readIndexedPng(await readWhole(path, MAX_MASK_BYTES));
  } catch (error) {
    throw badDataset(path, `cannot be read: ${errorMessage(error)}.`);
  }
}
