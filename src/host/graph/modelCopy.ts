import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { fileError } from '../../util/files';
import { PressError } from '../../util/pressError';
import { gitLfsPointer, isLfsPointer } from './gitLfs';

/** A version of a file comes through the memory of the extension host, as a whole. */
export const MAX_COPY_BYTES = 200 * 1024 * 1024;
/** A copy that is older was left by a window that did not end by itself. */
const LEFT_OVER_MS = 24 * 3600 * 1000;

/**
 * A copy of a model that is no file of this machine, such as the earlier version in a comparison of Git: the engine
 * reads files only. It lies in the storage of the extension and is deleted when it is disposed of.
 */
export class ModelCopy implements vscode.Disposable {
  readonly #uri: vscode.Uri;
  readonly #folder: string;
  #disposed = false;

  /** Where the copy is, once it was written. */
  readonly path: string;

  /** `storage` is a folder of the extension. */
  constructor(uri: vscode.Uri, storage: vscode.Uri) {
    this.#uri = uri;
    this.#folder = join(storage.fsPath, 'versions', randomUUID());
    this.path = join(this.#folder, basename(uri.path) || 'model.onnx');
  }

  /** Reads the version and writes the copy. Throws `too-large`, `git-lfs`, `file-not-found` or `file-access`. */
  async write(): Promise<void> {
    const bytes = await this.#read();
    if (bytes.length > MAX_COPY_BYTES) throw this.#tooLarge(bytes.length);
    if (isLfsPointer(bytes)) throw gitLfsPointer(this.#uri.path);
    await removeLeftOvers(dirname(this.#folder));
    await mkdir(this.#folder, { recursive: true });
    await writeFile(this.path, bytes);
    if (this.#disposed) this.#remove();
  }

  dispose(): void {
    this.#disposed = true;
    this.#remove();
  }

  async #read(): Promise<Uint8Array> {
    try {
      const { size } = await vscode.workspace.fs.stat(this.#uri);
      if (size > MAX_COPY_BYTES) throw this.#tooLarge(size);
      return await vscode.workspace.fs.readFile(this.#uri);
    } catch (error) {
      throw error instanceof PressError ? error : fileError(this.#uri.path, error);
    }
  }

  #tooLarge(sizeBytes: number): PressError {
    const message = `This version of ${this.#uri.path} has ${sizeBytes} bytes. Save it as a file and open that.`;
    return new PressError('too-large', message, { sizeBytes, limitBytes: MAX_COPY_BYTES });
  }

  #remove(): void {
    // It is out of the way already, or the next copy removes it as a left-over.
    rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function removeLeftOvers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const path of names.map((name) => join(folder, name))) {
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > LEFT_OVER_MS) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
