import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The forms of data that can be told from file names alone. */
export type DataKind = 'dataset' | 'image-folder' | 'npz' | 'jsonl';

export interface DataPlace {
  readonly path: string;
  readonly kind: DataKind;
}

/** The walk stops at this many folders; a workspace may hold a whole archive of images. */
const MAX_FOLDERS = 2000;
/** Data deeper than this below its root is left to *Browse*. */
const MAX_DEPTH = 6;
/** Folders that hold no data of the person's own. */
const SKIPPED = new Set(['node_modules', '__pycache__', 'venv', 'site-packages']);
const IMAGE = /\.(png|jpe?g|webp|bmp|gif|tiff?)$/i;
/** An image folder has at least two classes. */
const MIN_CLASSES = 2;

/**
 * Finds what could be data below `roots`, breadth first: dataset files, folders of class folders with images,
 * `.npz` and `.jsonl`. Hidden folders are skipped, unreadable ones ignored; links are not followed.
 */
export async function findData(roots: readonly string[], signal?: AbortSignal): Promise<DataPlace[]> {
  const places: DataPlace[] = [];
  const queue = roots.map((path) => ({ path, depth: 0, parent: undefined as string | undefined }));
  const classCounts = new Map<string, number>();
  for (let next = 0; next < queue.length && next < MAX_FOLDERS && !signal?.aborted; next++) {
    const folder = queue[next];
    if (folder === undefined) break;
    const entries = await readdir(folder.path, { withFileTypes: true }).catch(() => []);
    places.push(...filePlaces(folder.path, entries));
    if (folder.parent !== undefined && entries.some(isImage)) {
      const count = (classCounts.get(folder.parent) ?? 0) + 1;
      classCounts.set(folder.parent, count);
      if (count === MIN_CLASSES) places.push({ path: folder.parent, kind: 'image-folder' });
    }
    if (folder.depth === MAX_DEPTH) continue;
    for (const entry of entries) {
      if (!entry.isDirectory() || entry.name.startsWith('.') || SKIPPED.has(entry.name)) continue;
      queue.push({ path: join(folder.path, entry.name), depth: folder.depth + 1, parent: folder.path });
    }
  }
  return places;
}

/** What a path is, as far as its name says; a name without a known ending is taken for a folder of images. */
export function dataKind(path: string): DataKind {
  const name = path.toLowerCase();
  if (name.endsWith('.npz') || name.endsWith('.npy')) return 'npz';
  if (name.endsWith('.jsonl')) return 'jsonl';
  return name.endsWith('.json') ? 'dataset' : 'image-folder';
}

function filePlaces(folder: string, entries: readonly Dirent[]): DataPlace[] {
  return entries
    .filter((entry) => entry.isFile() && /(\.dataset\.json|\.npz|\.jsonl)$/i.test(entry.name))
    .map((entry) => ({ path: join(folder, entry.name), kind: dataKind(entry.name) }));
}

function isImage(entry: Dirent): boolean {
  return entry.isFile() && IMAGE.test(entry.name);
}
