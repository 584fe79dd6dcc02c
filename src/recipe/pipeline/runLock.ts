import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from '../../util/files';
import { PressError } from '../../util/pressError';

/**
 * Does `work` while no other process runs the same recipe in the same folder. The lock of a process that is gone is
 * taken over. Throws `file-access` while another one holds it.
 */
export async function withRunLock<T>(runFolder: string, work: () => Promise<T>): Promise<T> {
  const path = join(runFolder, 'running');
  if (!take(path) && !(isStale(path) && removeAndTake(path))) {
    throw new PressError(
      'file-access',
      `The recipe is being run by another process, which works in ${runFolder}. Wait for it, or end it.`,
      { path: runFolder },
    );
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** False when there is a lock already. */
function take(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileError(path, error);
  }
}

function removeAndTake(path: string): boolean {
  rmSync(path, { force: true });
  return take(path);
}

/** True when the process that took the lock is gone. */
function isStale(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return true;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}
