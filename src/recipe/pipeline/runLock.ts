import { join } from 'node:path';
import { PressError } from '../../util/pressError';
import { releaseLock, takeLock } from '../../util/processLock';

/**
 * Does `work` while no other process runs the same recipe in the same folder. The lock of a process that is gone is
 * taken over. Throws `file-access` while another one holds it.
 */
export async function withRunLock<T>(runFolder: string, work: () => Promise<T>): Promise<T> {
  const path = join(runFolder, 'running');
  if (!takeLock(path)) {
    throw new PressError(
      'file-access',
      `The recipe is being run by another process, which works in ${runFolder}. Wait for it, or end it.`,
      { path: runFolder },
    );
  }
  try {
    return await work();
  } finally {
    releaseLock(path);
  }
}
