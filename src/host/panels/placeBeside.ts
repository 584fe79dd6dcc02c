import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { PressError } from '../../util/pressError';

/**
 * The path of a file that a report names. Anyone may have written the report, so the file has to lie in its folder or
 * below. Throws `file-access`.
 */
export function placeBeside(report: string, path: string): string {
  const folder = dirname(report);
  const place = resolve(folder, path);
  const inside = relative(folder, place);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    const message = `${basename(report)} names ${place}, which is outside of its folder. Open it from the explorer.`;
    throw new PressError('file-access', message, { path: report, place });
  }
  return place;
}
