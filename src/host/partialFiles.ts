import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder beside a model that holds the recipes of its runs. */
const RUNS_FOLDER = '.onnx-press';

/**
 * Removes what a killed engine left half written in `folder` and in the run folders below it: files named
 * `.<target>.<pid>.partial`. Returns the paths that were removed; a folder that cannot be read has nothing to remove.
 */
export async function removePartialFiles(folder: string, pid: number): Promise<string[]> {
  const suffix = `.${pid}.partial`;
  const names = await readdir(folder).catch(() => []);
  const runs = await readdir(join(folder, RUNS_FOLDER), { recursive: true, withFileTypes: true }).catch(() => []);
  const partial = [
    ...names.map((name) => ({ name, path: join(folder, name) })),
    ...runs.map(({ name, parentPath }) => ({ name, path: join(parentPath, name) })),
  ].filter(({ name }) => name.startsWith('.') && name.endsWith(suffix));
  await Promise.all(partial.map(({ path }) => rm(path, { force: true })));
  return partial.map(({ path }) => path);
}
