import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { recipePaths } from './recipePlaces';

/**
 * The files that a recipe names outside `folders`, links followed, as absolute paths. A recipe comes from anywhere, so
 * the person is asked before such files are read or written. `path` is that of the recipe.
 */
export async function outsidePaths(text: string, path: string, folders: readonly string[]): Promise<string[]> {
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  const named = recipePaths(text).map((given) => resolve(dirname(path), given));
  const outside: string[] = [];
  for (const file of new Set(named)) {
    const real = await nearestReal(file);
    if (!roots.some((root) => contains(root, real))) outside.push(file);
  }
  return outside;
}

/** The path with the links of the part that exists resolved: what is to be written is not there yet. */
async function nearestReal(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  const parent = dirname(path);
  return parent === path ? path : resolve(await nearestReal(parent), relative(parent, path));
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
