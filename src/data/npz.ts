import type { TensorInfo } from '../onnx/tensorValue';
import type { FeedingArray } from './arraySamples';
import { arraySource } from './arraySamples';
import { dataNote, type DataNote } from './dataNotes';
import type { SampleSource } from './dataset';
import { badDataset } from './errors';
import { readPart, withFile } from './fileAccess';
import type { NpyArray } from './npy';
import { openNpy } from './npy';
import type { ZipEntry } from './zip';
import { openZipEntry, readZipDirectory } from './zip';

const LABELS = 'labels';

/** Opens a .npz archive with arrays named like the model's inputs and, if it is labelled, "labels". */
export async function openNpz(path: string, inputs: readonly TensorInfo[]): Promise<SampleSource> {
  const entries = new Map<string, ZipEntry>();
  for (const entry of await readZipDirectory(path)) {
    if (entry.name.endsWith('.npy')) entries.set(entry.name.slice(0, -4), entry);
  }
  const open = async (entry: ZipEntry): Promise<NpyArray> =>
    openNpy(await openZipEntry(path, entry), `${path}[${entry.name}]`);

  const notes: DataNote[] = [];
  const feeds: FeedingArray[] = [];
  for (const info of inputs) {
    const entry = entries.get(info.name);
    if (entry) feeds.push({ info, array: await open(entry), where: `${path}[${info.name}]` });
  }
  const [onlyInput] = inputs;
  if (feeds.length === 0 && onlyInput && inputs.length === 1) {
    const others = [...entries].filter(([name]) => name !== LABELS);
    const [only] = others;
    if (only && others.length === 1) {
      feeds.push({ info: onlyInput, array: await open(only[1]), where: `${path}[${only[0]}]` });
      notes.push(dataNote('only-array', { array: only[0], path, input: onlyInput.name }));
    }
  }
  if (feeds.length === 0) {
    const found = [...entries.keys()].map((name) => `"${name}"`).join(', ') || 'no arrays';
    const wanted = inputs.map(({ name }) => `"${name}"`).join(', ');
    throw badDataset(path, `holds ${found}, none named like an input of the model (${wanted}). Rename the arrays.`);
  }
  const labelsEntry = entries.get(LABELS);
  const isInput = feeds.some(({ info }) => info.name === LABELS);
  const labels = labelsEntry && !isInput ? { array: await open(labelsEntry), where: `${path}[${LABELS}]` } : undefined;
  return arraySource('npz', path, feeds, labels, notes);
}

/** Opens a .npy file that feeds the model's only input, or its only input that has no fill value. */
export async function openNpyFile(
  path: string,
  inputs: readonly TensorInfo[],
  labelsPath: string | undefined,
): Promise<SampleSource> {
  const [info] = inputs;
  if (!info || inputs.length !== 1) {
    const names = inputs.map(({ name }) => `"${name}"`).join(', ');
    throw badDataset(
      path,
      `is one array, but the model has ${inputs.length} inputs (${names}). Use .npz or JSON Lines.`,
    );
  }
  const array = await openNpyPath(path);
  const labels = labelsPath === undefined ? undefined : { array: await openNpyPath(labelsPath), where: labelsPath };
  return arraySource('npy', path, [{ info, array, where: path }], labels, []);
}

async function openNpyPath(path: string): Promise<NpyArray> {
  const size = await withFile(path, (_, fileSize) => Promise.resolve(fileSize));
  return openNpy({ size, read: (offset, length) => readPart(path, offset, length) }, path);
}
