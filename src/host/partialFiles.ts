import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes what a killed engine left half written in `folder`: files named `.<target>.<pid>.partial`.
 * Returns the paths that were removed; a folder that cannot be read has nothing to remove.
 */
export async function removePartialFiles(folder: string, pid: number): Promise<string[]> {
  const suffix = `.${pid}.partial`;
  const names = await readdir(folder).catch(() => []);
  const partial = names
    .filter((name) => name.startsWith('.') && name.endsWith(suffix))
    .map((name) => join(folder, name));
  await Promise.all(partial.map((path) => rm(path, { recursive: true, force: true })));
  return partial;
}
