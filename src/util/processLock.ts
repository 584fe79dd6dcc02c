import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { fileError } from './files';

/** Takes a lock for this process: a file that holds its id. False while another process that lives holds it. */
export function takeLock(path: string): boolean {
  if (create(path)) return true;
  if (isLocked(path)) return false;
  rmSync(path, { force: true });
  return create(path);
}

/** True while a process that lives holds the lock, also this one. */
export function isLocked(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user cannot be signalled, but lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Gives a lock back that this process has taken. */
export function releaseLock(path: string): void {
  rmSync(path, { force: true });
}

/** False when there is a lock already. */
function create(path: string): boolean {
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
