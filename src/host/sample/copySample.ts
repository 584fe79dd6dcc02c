import { access, cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, freshPath, partialPathOf } from '../../util/files';

/** The folder that a sample workspace gets; a number is added where one of that name is there. */
const FOLDER = 'onnx-press-sample';

/**
 * Copies the sample in `source` to a new folder inside `parent`, which must exist, and resolves with its path.
 * The folder appears under its name only when it is whole. Throws `file-not-found`, `file-access`.
 */
export async function copySample(source: string, parent: string): Promise<string> {
  const partial = partialPathOf(join(parent, FOLDER));
  try {
    await access(parent);
    await cp(source, partial, { recursive: true, errorOnExist: true, force: false });
    const target = freshPath(join(parent, FOLDER));
    await rename(partial, target);
    return target;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw fileError(parent, error);
  }
}
