import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { externalEntry } from '../../onnx/externalData';
import { openModel } from '../../runtime/modelFile';
import { parseJsonTree } from '../../data/jsonTree';
import { fileError } from '../../util/files';
import { throwIfCancelled } from '../../util/pressError';

/** A dataset file is written by hand; larger JSON is data itself. */
const MAX_DATASET_FILE_BYTES = 1024 * 1024;
/** What runs write beside models, and hidden folders, is no data. */
const OUTPUT_NAMES = /^\.|\.onnx(\.data)?$|\.report\.json$|\.press\.json$/i;

/** The content of a model file, external data included, as a hash in hexadecimal. */
export async function hashModel(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await addFile(hash, path, signal);
  for (const location of externalFiles(path)) {
    hash.update(`\0${location}\0`);
    await addFile(hash, join(dirname(path), location), signal);
  }
  return hash.digest('hex');
}

/**
 * What a dataset is, as a hash: sizes and times of the files, names in folders, the text of a dataset file and what it
 * names. Reading the other files would take as long as the step that it may spare. Throws `file-not-found`, `file-access`.
 */
export async function stampData(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await addStamp({ hash, seen: new Set(), signal }, path);
  return hash.digest('hex');
}

/** Any JSON value as a hash; the order of keys does not matter. */
export function hashJson(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sortedKeys)).digest('hex');
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function addFile(hash: Hash, path: string, signal: AbortSignal): Promise<void> {
  try {
    for await (const chunk of createReadStream(path)) {
      throwIfCancelled(signal);
      hash.update(chunk as Uint8Array); // a stream without an encoding gives bytes
    }
  } catch (error) {
    throwIfCancelled(signal);
    throw fileError(path, error);
  }
}

/** The files beside a model that hold its weights. */
function externalFiles(path: string): string[] {
  const file = openModel(path);
  try {
    const locations = [...file.model.weights].flatMap(([tensor, { external }]) =>
      external ? [externalEntry(tensor, 'location') ?? ''] : [],
    );
    return [...new Set(locations)].sort();
  } finally {
    file.close();
  }
}

/** A stamp in the making; links may lead in circles, so every place is looked at once. */
interface Stamping {
  readonly hash: Hash;
  readonly seen: Set<string>;
  readonly signal: AbortSignal;
}

async function addStamp(stamping: Stamping, path: string): Promise<void> {
  const { hash, seen, signal } = stamping;
  throwIfCancelled(signal);
  const real = await realpath(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  if (seen.has(real)) return;
  seen.add(real);
  const facts = await stat(real);
  if (facts.isDirectory()) {
    const names = (await readdir(real)).filter((name) => !OUTPUT_NAMES.test(name)).sort();
    for (const name of names) {
      hash.update(`${name}\0`);
      await addStamp(stamping, join(real, name));
    }
    return;
  }
  const isDatasetFile = ['.json', '.jsonc'].includes(extname(path).toLowerCase());
  if (!isDatasetFile || facts.size > MAX_DATASET_FILE_BYTES) {
    hash.update(`${facts.size}:${facts.mtimeMs}\0`);
    return addLabels(hash, real);
  }
  const text = await readFile(real, 'utf8');
  hash.update(`${text}\0`);
  const json = parseJsonTree(text, { relaxed: true });
  if (json.problem !== undefined) return;
  for (const named of stringsOf(json.value)) {
    const target = resolve(dirname(path), named);
    const isOutside = target !== dirname(path) && dirname(path).startsWith(target);
    if (!isOutside && (await stat(target).catch(() => undefined))) await addStamp(stamping, target);
  }
}

/** Labels of array files lie beside them under a name of their own. */
async function addLabels(hash: Hash, path: string): Promise<void> {
  const names = (await readdir(dirname(path))).filter((name) => /label/i.test(name)).sort();
  for (const name of names) {
    const facts = await stat(join(dirname(path), name)).catch(() => undefined);
    if (facts?.isFile()) hash.update(`${name}:${facts.size}:${facts.mtimeMs}\0`);
  }
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' || value.includes('\0') ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsOf);
}
