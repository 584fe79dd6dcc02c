import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileError } from '../../util/files';
import { PressError } from '../../util/pressError';

/**
 * The file or folder that `given` names, with links resolved: an absolute path, or one relative to a folder of the
 * workspace, with or without that folder's name in front. What is not inside `folders` is refused, through links too.
 * Throws `file-not-found`, `file-access`.
 */
export async function resolveInFolders(folders: readonly string[], given: string): Promise<string> {
  if (folders.length === 0) throw refusal(given, 'No folder is open.');
  if (given.includes('\0')) throw refusal(given, 'It is no path.');
  const candidates = isAbsolute(given) ? [resolve(given)] : folders.flatMap((folder) => below(folder, given));
  const inside = candidates.filter((candidate) => folders.some((folder) => contains(folder, candidate)));
  if (inside.length === 0) throw refusal(given, 'It is not in a folder of this workspace.');
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  for (const candidate of inside) {
    const real = await realpath(candidate).catch(() => undefined);
    if (real === undefined) continue;
    if (!roots.some((root) => contains(root, real))) throw refusal(given, 'It is a link out of this workspace.');
    return candidate;
  }
  throw fileError(given, Object.assign(new Error('missing'), { code: 'ENOENT' }));
}

/** A path below a folder; with several folders, VS Code writes the folder's name in front. */
function below(folder: string, given: string): string[] {
  const [first = '', ...rest] = given.split(/[\\/]/);
  const plain = resolve(folder, given);
  return first === basename(folder) && rest.length > 0 ? [plain, join(folder, ...rest)] : [plain];
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function refusal(given: string, why: string): PressError {
  const message = `${JSON.stringify(given)} cannot be used: ${why} Give a file inside the folders that are open in VS Code.`;
  return new PressError('file-access', message, { path: given });
}
