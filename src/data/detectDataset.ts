import { extname } from 'node:path';
import type { DatasetFile } from './datasetFile';
import { isImageName } from './imageFolder';
import { badDataset } from './errors';
import { readExactly, withFile } from './fileAccess';

const CIFAR10_RECORD_BYTES = 3073;
const KINDS: Readonly<Record<string, DatasetFile['kind']>> = {
  '.npz': 'npz',
  '.npy': 'npy',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
};

/** Tells the format of a data file by its ending, else by its first bytes and size. Throws `bad-dataset`. */
export async function detectDataset(path: string): Promise<DatasetFile['kind']> {
  const extension = extname(path).toLowerCase();
  const byName = KINDS[extension];
  if (byName) return byName;
  if (isImageName(path)) throw badDataset(path, 'is a single image. Give the folder that holds the images.');
  if (extension === '.tsv' || extension === '.csv') {
    throw badDataset(
      path,
      'is a list. Write a dataset file beside it, { "kind": "image-list", "path": "...", "root": "...", "fileColumn": "...", "labelColumn": "..." }, and give that.',
    );
  }
  const { head, size } = await withFile(path, async (file, fileSize) => ({
    head: await readExactly(file, path, 0, Math.min(8, fileSize)),
    size: fileSize,
  }));
  const text = head.toString('latin1');
  if (text.startsWith('\x93NUMPY')) return 'npy';
  if (text.startsWith('PK\x03\x04')) return 'npz';
  if (text.startsWith('\x1f\x8b')) throw badDataset(path, 'is compressed. Unpack it with gunzip first.');
  const rank = head[3] ?? 0;
  if (text.startsWith('\0\0') && (head[2] ?? 0) >= 8 && (head[2] ?? 0) <= 14 && rank >= 1 && rank <= 4) return 'idx';
  if (extension === '.bin' || (size > 0 && size % CIFAR10_RECORD_BYTES === 0)) return 'cifar10';
  throw badDataset(
    path,
    'is not data of a known format. Give a folder of class folders, a CIFAR-10 binary file, an IDX images file, .npz, .npy, .jsonl or a dataset file.',
  );
}
