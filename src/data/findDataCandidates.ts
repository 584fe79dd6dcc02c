import { extname, join } from 'node:path';
import { isKind } from './datasetFile';
import { readWhole } from './fileAccess';
import { isImageName, listFolder } from './imageFolder';
import { parseJsonTree } from './jsonTree';

/** A place in a workspace that could hold data for a model. */
export interface DataCandidate {
  readonly path: string;
  readonly kind: string;
  readonly description: string;
}

/** Limits of the search; a workspace may be a home folder with millions of files. */
const MAX_DEPTH = 6;
const MAX_ENTRIES = 20_000;
const MAX_CANDIDATES = 50;
const MAX_JSON_BYTES = 64 * 1024;
/** Class folders looked into before a folder counts as one of images. */
const MAX_PROBED_FOLDERS = 20;
const SKIPPED_FOLDERS = new Set(['node_modules', '__pycache__', 'site-packages', 'dist', 'out', 'build']);
/** What a person most likely means comes first. */
const ORDER = ['dataset-file', 'image-folder', 'idx', 'npz', 'jsonl', 'npy'];

/** Searches a folder for dataset files, folders of class folders, IDX images, .npz and .jsonl; best first. */
export async function findDataCandidates(folder: string, signal?: AbortSignal): Promise<readonly DataCandidate[]> {
  const found: DataCandidate[] = [];
  const queue: { path: string; depth: number }[] = [{ path: folder, depth: 0 }];
  let seen = 0;
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (signal?.aborted || seen > MAX_ENTRIES || found.length >= MAX_CANDIDATES) break;
    const { path, depth } = next;
    const entries = await listFolder(path).catch(() => ({ folders: [], files: [] })); // unreadable: nothing to offer
    seen += entries.folders.length + entries.files.length;
    const classCount = await countClassFolders(path, entries.folders);
    if (classCount >= 2) {
      const description = `Images in ${classCount === entries.folders.length ? '' : 'at least '}${classCount} class folders`;
      found.push({ path, kind: 'image-folder', description });
    }
    for (const name of entries.files) {
      const candidate = await describeFile(join(path, name), name);
      if (candidate) found.push(candidate);
    }
    if (depth === MAX_DEPTH || classCount >= 2) continue;
    for (const name of entries.folders) {
      if (!SKIPPED_FOLDERS.has(name)) queue.push({ path: join(path, name), depth: depth + 1 });
    }
  }
  return found
    .map((candidate, index) => ({ candidate, rank: rankOf(candidate), index }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ candidate }) => candidate)
    .slice(0, MAX_CANDIDATES);
}

function rankOf(candidate: DataCandidate): number {
  const isFile = ['.json', '.jsonc'].includes(extname(candidate.path).toLowerCase());
  return ORDER.indexOf(isFile ? 'dataset-file' : candidate.kind);
}

async function countClassFolders(path: string, folders: readonly string[]): Promise<number> {
  let count = 0;
  for (const name of folders.slice(0, MAX_PROBED_FOLDERS)) {
    const { files } = await listFolder(join(path, name)).catch(() => ({ files: [] }));
    if (files.some(isImageName)) count++;
  }
  return count;
}

async function describeFile(path: string, name: string): Promise<DataCandidate | undefined> {
  const extension = extname(name).toLowerCase();
  if (extension === '.npz') return { path, kind: 'npz', description: 'NumPy arrays' };
  if (extension === '.npy') return { path, kind: 'npy', description: 'NumPy array' };
  if (extension === '.jsonl' || extension === '.ndjson') return { path, kind: 'jsonl', description: 'JSON Lines' };
  if (/images.*idx3/i.test(name) && extension !== '.gz') return { path, kind: 'idx', description: 'IDX images' };
  if (extension !== '.json' && extension !== '.jsonc') return undefined;
  const text = await readWhole(path, MAX_JSON_BYTES).catch(() => undefined); // too large or unreadable: not a dataset file
  if (!text) return undefined;
  const json = parseJsonTree(text.toString('utf8').replace(/^\uFEFF/, ''), { relaxed: true });
  if (json.problem !== undefined) return undefined;
  const { value } = json;
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('path' in value)) return undefined;
  if (!isKind(value.kind)) return undefined;
  return { path, kind: value.kind, description: `Dataset file (${value.kind}: ${String(value.path)})` };
}
