import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openModel, type OpenModel } from '../../runtime/modelFile';
import { describeModel, type LoadedGraph } from './describeModel';

/** A model file that is kept open between requests, with its graph. */
export interface OpenGraph {
  readonly file: OpenModel;
  readonly graph: LoadedGraph;
}

interface Entry {
  readonly path: string;
  /** Size and time of the file and of its data files when it was read. */
  readonly stamp: string;
  readonly dataFiles: readonly string[];
  readonly open: OpenGraph;
  users: number;
  isStale: boolean;
}

/** Two models side by side, and the two that were looked at before. */
const MAX_OPEN = 4;
/** Open files keep others from replacing them on some systems, so they are let go once nobody clicks any more. */
const IDLE_MS = 20_000;

/** Most recently used last. */
let entries: Entry[] = [];
let idle: NodeJS.Timeout | undefined;

/**
 * Does `work` on an open model, which is reused from the last request unless the file or its external data has changed
 * since. The model is not closed before `work` is done.
 */
export async function withGraph<T>(path: string, work: (open: OpenGraph) => T | Promise<T>): Promise<T> {
  const entry = acquire(path);
  entry.users++;
  try {
    return await work(entry.open);
  } finally {
    entry.users--;
    if (entry.isStale) release(entry);
    scheduleIdle();
  }
}

/** Closes every model that is kept open; those in use when their request ends. */
export function closeGraphs(): void {
  clearTimeout(idle);
  for (const entry of entries.splice(0)) retire(entry);
}

function acquire(path: string): Entry {
  const known = entries.find((entry) => entry.path === path);
  entries = entries.filter((entry) => entry !== known);
  if (known && stampOf(path, known.dataFiles) === known.stamp) {
    entries.push(known);
    return known;
  }
  if (known) retire(known);
  // Before it is read: a change while it is read must not go unnoticed.
  const before = stampOf(path, []);
  const file = openModel(path);
  try {
    const graph = describeModel(path, file.sizeBytes, file.model);
    const dataFiles = (graph.document.dataFiles ?? []).map((location) => join(dirname(path), location));
    const stamp = [before, ...dataFiles.map((data) => stampOf(data, []))].join();
    const entry: Entry = { path, stamp, dataFiles, open: { file, graph }, users: 0, isStale: false };
    entries.push(entry);
    while (entries.length > MAX_OPEN) retire(entries.shift() as Entry); // not empty
    return entry;
  } catch (error) {
    file.close();
    throw error;
  }
}

function retire(entry: Entry): void {
  entry.isStale = true;
  release(entry);
}

function release(entry: Entry): void {
  if (entry.users === 0) entry.open.file.close();
}

function scheduleIdle(): void {
  clearTimeout(idle);
  idle = setTimeout(closeGraphs, IDLE_MS);
  idle.unref();
}

function stampOf(path: string, dataFiles: readonly string[]): string {
  return [path, ...dataFiles]
    .map((file) => {
      try {
        const { ino, size, mtimeMs } = statSync(file);
        return `${ino}:${size}:${mtimeMs}`;
      } catch {
        return 'none'; // opening it says why
      }
    })
    .join();
}
