import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * True when a path that stands in the file `where` names `modelPath`. Such paths are absolute, or relative to where a run
 * was started, or moved together with the folder; so the name beside `where` counts as well.
 */
export function sameFile(named: string, modelPath: string, where: string): boolean {
  const real = realOf(modelPath);
  return [named, join(dirname(where), basename(named))].some((candidate) => realOf(candidate) === real);
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
