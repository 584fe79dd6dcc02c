import { open } from 'node:fs/promises';
import { PressError } from '../../util/pressError';

/** How a pointer file begins (Git LFS specification, version 1). */
const POINTER = 'version https://git-lfs.github.com/spec/';
/** A pointer is a few lines of text; a model that begins like one is none. */
const MAX_POINTER_BYTES = 1024;

/** True for the content of a Git LFS pointer, which stands where a file was not fetched. */
export function isLfsPointer(bytes: Uint8Array): boolean {
  return bytes.length <= MAX_POINTER_BYTES && new TextDecoder('latin1').decode(bytes).startsWith(POINTER);
}

/** True when the file at `path` is a Git LFS pointer; false when it cannot be read. */
export async function isLfsPointerFile(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_POINTER_BYTES + 1));
    return isLfsPointer(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** A pointer was found in place of a model. */
export function gitLfsPointer(path: string): PressError {
  return new PressError('git-lfs', `${path} is a Git LFS pointer. Fetch the model with "git lfs pull".`, { path });
}
