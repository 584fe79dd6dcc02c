import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileError } from '../util/files';
import { PressError } from '../util/pressError';
import { badDataset } from './errors';

/** Opening a FIFO without this would wait for a writer for ever; absent on Windows, which has no FIFO files. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Resolves a path that a dataset file names, relative to `folder`. Absolute paths and `..` are allowed, since what is
 * read can only become images and arrays; URLs, network shares and NUL bytes are refused.
 */
export function resolveDataPath(folder: string, path: string): string {
  if (path.includes('\0')) throw badDataset(JSON.stringify(path), 'is not a path: it holds a NUL byte. Correct it.');
  if (/^([a-z][a-z0-9+.-]+:\/\/|file:|data:|[\\/]{2})/i.test(path)) throw notLocal(path);
  return resolve(folder, path);
}

function notLocal(path: string): PressError {
  return badDataset(`"${path}"`, 'is not a local path. Download the data and give the path of the file.');
}

/** What lies at a path. Throws `file-not-found`. */
export async function statPath(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Runs `use` on an open regular file and closes it. Devices, pipes and folders are refused. */
export async function withFile<T>(path: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path, OPEN_FLAGS);
  } catch (error) {
    throw fileError(path, error);
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) {
      throw new PressError('file-access', `${path} is not a regular file. Give the path of a file.`, { path });
    }
    return await use(file, stats.size);
  } finally {
    await file.close();
  }
}

/** Reads exactly `length` bytes at `offset`. Throws `bad-dataset` when the file is too short. */
export async function readExactly(file: FileHandle, path: string, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length); // its own ArrayBuffer: typed arrays are laid over it
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 1 << 30), offset + done);
    if (bytesRead === 0) throw truncated(path, offset + done);
    done += bytesRead;
  }
  return bytes;
}

/** Reads a part of a file. Throws `bad-dataset` when the file is too short. */
export function readPart(path: string, offset: number, length: number): Promise<Buffer> {
  return withFile(path, (file, size) => {
    if (offset + length > size) throw truncated(path, size);
    return readExactly(file, path, offset, length);
  });
}

/** Reads a whole file of at most `maxBytes`. Throws `bad-dataset` above that. */
export function readWhole(path: string, maxBytes: number): Promise<Buffer> {
  return withFile(path, (file, size) => {
    if (size > maxBytes) {
      throw badDataset(path, `has ${size} bytes; at most ${maxBytes} can be read for this use.`, { size, maxBytes });
    }
    return readExactly(file, path, 0, size);
  });
}

function truncated(path: string, size: number): PressError {
  return badDataset(path, `ends at byte ${size}: it is truncated. Copy it again.`, { size });
}
