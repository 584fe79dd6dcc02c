import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileError } from '../util/files';
import { dataNote } from './dataNotes';
import { IMAGE_EXTENSIONS } from './decodeImage';
import { badDataset } from './errors';
import type { ImageFiles } from './imageFiles';

/** Deeper folders inside a class folder are not looked into; it also ends cycles of linked folders. */
const MAX_DEPTH = 8;

/** Lists the images of a folder: of its class folders, or, if it has none with images, its own, unlabelled. */
export async function listImageFolder(folder: string): Promise<ImageFiles> {
  const entries = await listFolder(folder);
  const classes: { name: string; paths: string[] }[] = [];
  for (const name of entries.folders) {
    classes.push({ name, paths: await collectImages(join(folder, name), MAX_DEPTH) });
  }
  const loose = entries.files.filter(isImageName).map((name) => join(folder, name));
  if (classes.every(({ paths }) => paths.length === 0)) {
    if (loose.length === 0) throw emptyFolder(folder, entries.files);
    return { paths: loose, notes: [dataNote('folder-without-classes', { folder })] };
  }
  const numeric = classes.every(({ name }) => /^\d{1,9}$/.test(name));
  const counted = classes.reduce((sum, { paths }) => sum + paths.length, 0);
  const labels = new Int32Array(counted);
  let at = 0;
  classes.forEach(({ name, paths }, index) => {
    labels.fill(numeric ? Number(name) : index, at, at + paths.length);
    at += paths.length;
  });
  const empty = classes.filter(({ paths }) => paths.length === 0).map(({ name }) => `"${name}"`);
  return {
    paths: classes.flatMap(({ paths }) => paths),
    labels,
    ...(numeric ? {} : { classNames: classes.map(({ name }) => name) }),
    notes: [
      ...(empty.length > 0 ? [dataNote('empty-classes', { names: empty.join(', ') })] : []),
      ...(loose.length > 0 ? [dataNote('loose-images', { count: loose.length, folder })] : []),
    ],
  };
}

/** True when a file's ending is that of an image. */
export function isImageName(name: string): boolean {
  return IMAGE_EXTENSIONS.includes(extname(name).toLowerCase());
}

/** Names in a folder without the hidden ones, in code point order; links are followed. Throws `file-not-found`. */
async function listFolder(folder: string): Promise<{ folders: string[]; files: string[] }> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw fileError(folder, error);
  }
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === '__MACOSX') continue;
    const target = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => undefined) : entry;
    if (target?.isDirectory()) folders.push(entry.name);
    else if (target?.isFile()) files.push(entry.name);
  }
  return { folders: folders.sort(byCodePoint), files: files.sort(byCodePoint) };
}

async function collectImages(folder: string, depth: number): Promise<string[]> {
  const { folders, files } = await listFolder(folder);
  const paths = files.filter(isImageName).map((name) => join(folder, name));
  if (depth === 0) return paths;
  for (const name of folders) paths.push(...(await collectImages(join(folder, name), depth - 1)));
  return paths;
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function emptyFolder(folder: string, files: readonly string[]): Error {
  const other = files.find((name) => /\.(dataset\.json|npz|jsonl)$/i.test(name));
  const hint = other ? `Did you mean ${join(folder, other)}?` : 'Give a folder with one folder of images a class.';
  return badDataset(folder, `holds no images. ${hint}`);
}
