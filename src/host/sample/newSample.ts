import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Holds the path of a sample that was made and whose window was not seen yet. */
const FILE = 'new-sample.txt';

/**
 * Remembers that a sample was made, for the window that is about to open it. A file in the extension's `storage`, since
 * what VS Code keeps of an extension's state may not be written yet when a window is replaced.
 */
export async function rememberNewSample(storage: string, folder: string): Promise<void> {
  await mkdir(storage, { recursive: true });
  await writeFile(join(storage, FILE), folder);
}

/** Whether `folder` is the sample that was made last, told once. */
export async function takeNewSample(storage: string, folder: string): Promise<boolean> {
  const path = join(storage, FILE);
  const sample = await readFile(path, 'utf8').catch(() => undefined);
  if (sample !== folder) return false;
  await rm(path, { force: true });
  return true;
}
