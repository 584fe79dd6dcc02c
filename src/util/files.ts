import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { ByteSink, ByteSource } from './byteSource';
import { errorMessage, PressError } from './pressError';

/** A file opened for random access. Close it when done; reads after `close` throw. */
export interface FileSource extends ByteSource {
  readonly path: string;
  close(): void;
}

/** Opens a regular file. Throws `file-not-found` or `file-access`. */
export function openFileSource(path: string): FileSource {
  let descriptor: number;
  let size: number;
  try {
    // Before it is opened: opening a named pipe would wait for its other end.
    const stat = statSync(path);
    if (!stat.isFile())
      throw new PressError('file-access', `${path} is not a file. Give the path of a file.`, { path });
    size = stat.size;
    descriptor = openSync(path, 'r');
  } catch (error) {
    throw fileError(path, error);
  }
  return {
    path,
    size,
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) throw new RangeError(`Read outside ${path}.`);
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const count = readSync(descriptor, bytes, done, Math.min(length - done, 1 << 30), offset + done);
        if (count === 0)
          throw new PressError('file-access', `${path} became shorter while it was read. Try again.`, { path });
        done += count;
      }
      return bytes;
    },
    close: () => closeSync(descriptor),
  };
}

/** A new file that appears under its name only when it is whole. */
export interface AtomicFile extends ByteSink {
  readonly path: string;
  /** Where the bytes are until `commit`. */
  readonly partialPath: string;
  readonly bytesWritten: number;
  /** Flushes and renames into place. Throws `output-exists` when the target has appeared meanwhile. */
  commit(): void;
  /** Removes what was written; harmless after `commit`. */
  abort(): void;
}

/** The name under which an unfinished output lies beside its target: `.<name>.<pid>.partial`. */
export function partialPathOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
}

/** Starts writing `path` under its partial name. With `overwrite`, an existing file is replaced at commit. */
export function createAtomicFile(path: string, options: { overwrite?: boolean } = {}): AtomicFile {
  const partialPath = partialPathOf(path);
  let descriptor: number | undefined;
  try {
    rmSync(partialPath, { force: true });
    descriptor = openSync(partialPath, 'wx');
  } catch (error) {
    throw fileError(path, error);
  }
  let bytesWritten = 0;
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  return {
    path,
    partialPath,
    get bytesWritten() {
      return bytesWritten;
    },
    write(bytes) {
      if (descriptor === undefined) throw new Error('Written after close.');
      try {
        let done = 0;
        while (done < bytes.length) done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, 1 << 30));
      } catch (error) {
        throw fileError(path, error);
      }
      bytesWritten += bytes.length;
    },
    commit() {
      if (descriptor !== undefined) fsyncSync(descriptor);
      close();
      try {
        if (options.overwrite) renameSync(partialPath, path);
        else renameToNew(partialPath, path);
      } catch (error) {
        rmSync(partialPath, { force: true });
        throw fileError(path, error);
      }
    },
    abort() {
      close();
      rmSync(partialPath, { force: true });
    },
  };
}

/** Renames without ever replacing: a hard link fails where the target exists, while `rename` would not. */
function renameToNew(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || existsSync(to)) throw outputExists(to);
    renameSync(from, to); // a file system without hard links
    return;
  }
  rmSync(from);
}

/** Writes a text file as a whole or not at all. */
export function writeTextFile(path: string, text: string, options: { overwrite?: boolean } = {}): void {
  const file = createAtomicFile(path, options);
  try {
    file.write(new TextEncoder().encode(text));
    file.commit();
  } catch (error) {
    file.abort();
    throw error;
  }
}

/** The first of `path`, `path-2`, `path-3`... (before the extension, or the longer `ending`) that does not exist yet. */
export function freshPath(path: string, ending = extname(path)): string {
  const stem = path.slice(0, path.length - ending.length);
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? path : `${stem}-${n}${ending}`;
    if (!existsSync(candidate)) return candidate;
  }
}

/** The refusal to overwrite. */
export function outputExists(path: string): PressError {
  return new PressError(
    'output-exists',
    `${path} exists already and is not overwritten. Choose another name with --out.`,
    { path },
  );
}

/** Turns a file system error into a PressError that names the file. */
export function fileError(path: string, error: unknown): PressError {
  if (error instanceof PressError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new PressError('file-not-found', `${path} was not found. Check the path.`, { path }, { cause: error });
  }
  const why =
    code === 'EACCES' || code === 'EPERM'
      ? 'permission denied'
      : code === 'ENOSPC'
        ? 'the disk is full'
        : errorMessage(error);
  return new PressError('file-access', `${path} cannot be accessed: ${why}.`, { path }, { cause: error });
}
