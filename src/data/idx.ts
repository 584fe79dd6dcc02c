import { basename, dirname, join } from 'node:path';
import type { SampleSource } from './dataset';
import { badDataset } from './errors';
import { readExactly, readPart, statPath, withFile } from './fileAccess';
import type { ImagePlan } from './imagePlan';
import type { Pixels } from './pixels';

/** Bytes of an element by the type code of the format. */
const ELEMENT_BYTES: Readonly<Record<number, number>> = { 0x08: 1, 0x09: 1, 0x0b: 2, 0x0c: 4, 0x0d: 4, 0x0e: 8 };
const UINT8 = 0x08;
const MAX_LABELS = 100_000_000;

interface IdxHeader {
  readonly type: number;
  readonly dims: readonly number[];
  readonly dataOffset: number;
}

/** The name of the labels file that belongs to an images file (`train-images-idx3-ubyte`), if the name tells. */
export function idxLabelsPath(imagesPath: string): string | undefined {
  const name = basename(imagesPath);
  if (!/images/i.test(name)) return undefined;
  return join(dirname(imagesPath), name.replace(/images/i, 'labels').replace(/idx[34]/i, 'idx1'));
}

/** Opens an IDX images file (the format of MNIST) with its labels file; images are read when asked for. */
export async function openIdx(
  path: string,
  planFor: (channelCount: 1 | 3) => ImagePlan,
  labelsPath: string | undefined,
): Promise<SampleSource> {
  const { type, dims, dataOffset } = await readHeader(path);
  const [count = 0, height = 0, width = 0, channels = 1] = dims;
  const isImages = type === UINT8 && (dims.length === 3 || dims.length === 4) && (channels === 1 || channels === 3);
  if (!isImages || height * width === 0) {
    const shape = `[${dims.join(', ')}] of type 0x${type.toString(16)}`;
    throw badDataset(path, `holds ${shape}, not 8-bit images [count, height, width]. Give the images file.`);
  }
  if (count === 0) throw badDataset(path, 'holds no images. Give a file with at least one.');
  const plan = planFor(channels === 3 ? 3 : 1);
  plan.checkSize([height, width], path);
  const labels = labelsPath === undefined ? undefined : await readIdxLabels(labelsPath, count);
  const imageBytes = height * width * channels;
  return {
    kind: 'idx',
    description: `${count} images of ${height}x${width} in ${path}`,
    count,
    hasLabels: labels !== undefined,
    notes: plan.notes,
    inputNames: [plan.inputName],
    nameOf: (index) => `${path}[${index}]`,
    labelOf: (index) => labels?.[index] ?? 0,
    contentOf: async (index) => {
      const data = await readPart(path, dataOffset + index * imageBytes, imageBytes);
      const pixels: Pixels = { width, height, channels: channels === 3 ? 3 : 1, data };
      return { inputs: plan.toTensor(pixels, `${path}[${index}]`), placement: plan.place([height, width]) };
    },
  };
}

/** The labels path by name, checked to exist. Undefined when the images file's name does not tell. */
export async function findIdxLabels(imagesPath: string): Promise<string | undefined> {
  const path = idxLabelsPath(imagesPath);
  if (path === undefined) return undefined;
  const exists = await statPath(path).then(
    () => true,
    () => false,
  );
  if (exists) return path;
  throw badDataset(
    imagesPath,
    `has no labels file beside it: ${basename(path)} was not found. Put it there, or write a dataset file with "labels" ` +
      '(a path, or false for unlabelled images).',
    { labels: path },
  );
}

async function readIdxLabels(path: string, count: number): Promise<Int32Array> {
  const { type, dims, dataOffset } = await readHeader(path);
  const bytes = ELEMENT_BYTES[type] ?? 0;
  const isLabels = dims.length === 1 && (type === UINT8 || type === 0x09 || type === 0x0b || type === 0x0c);
  if (!isLabels || count > MAX_LABELS) throw badDataset(path, `is not an IDX labels file. Give one label an image.`);
  if (dims[0] !== count) {
    throw badDataset(path, `has ${dims[0]} labels for ${count} images. Give the labels file of these images.`);
  }
  const data = await readPart(path, dataOffset, count * bytes);
  return Int32Array.from({ length: count }, (_, index) => {
    if (type === UINT8) return data.readUInt8(index);
    if (type === 0x09) return data.readInt8(index);
    return type === 0x0b ? data.readInt16BE(index * 2) : data.readInt32BE(index * 4);
  });
}

function readHeader(path: string): Promise<IdxHeader> {
  return withFile(path, async (file, size) => {
    const magic = size < 4 ? Buffer.alloc(4) : await readExactly(file, path, 0, 4);
    const type = magic[2] ?? 0;
    const rank = magic[3] ?? 0;
    const elementBytes = ELEMENT_BYTES[type];
    if (magic[0] === 0x1f && magic[1] === 0x8b) throw badDataset(path, 'is compressed. Unpack it with gunzip first.');
    if (magic.readUInt16BE(0) !== 0 || elementBytes === undefined || rank === 0 || rank > 4) {
      throw badDataset(path, 'is not an IDX file: it starts with other bytes. Check the file.');
    }
    const dataOffset = 4 + 4 * rank;
    const header = await readExactly(file, path, 4, 4 * rank);
    const dims = Array.from({ length: rank }, (_, axis) => header.readUInt32BE(4 * axis));
    const expected = dataOffset + dims.reduce((product, dim) => product * dim, elementBytes);
    if (size !== expected) {
      throw badDataset(path, `has ${size} bytes, but its header says ${expected}: it is damaged. Copy it again.`);
    }
    return { type, dims, dataOffset };
  });
}
