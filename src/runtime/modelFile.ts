import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { createAtomicFile, openFileSource, outputExists, type AtomicFile, type FileSource } from '../util/files';
import { PressError } from '../util/pressError';
import { badExternalData } from '../onnx/errors';
import type { Model } from '../onnx/model';
import { readModel } from '../onnx/readModel';
import { encodeModel, encodeModelBytes, externalSelection, MAX_SINGLE_FILE_BYTES } from '../onnx/writeModel';

/** A model over open files. Close it when the model is no longer read or written. */
export interface OpenModel {
  readonly path: string;
  readonly sizeBytes: number;
  readonly model: Model;
  close(): void;
}

/** Opens a model file; external data files must lie in the model's folder, symbolic links followed. */
export function openModel(path: string): OpenModel {
  const file = openFileSource(path);
  const open: FileSource[] = [file];
  const cache = new Map<string, FileSource>();
  const close = (): void => open.splice(0).forEach((source) => source.close());
  try {
    const folder = realpathSync(dirname(path));
    const openExternal = (location: string): FileSource => {
      const known = cache.get(location);
      if (known) return known;
      const target = join(folder, location);
      if (!existsSync(target)) throw badExternalData(location, 'is missing');
      const real = realpathSync(target);
      if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
        throw badExternalData(location, 'points outside the folder of the model, which is not allowed');
      }
      const source = openFileSource(real);
      open.push(source);
      cache.set(location, source);
      return source;
    };
    return { path, sizeBytes: file.size, model: readModel(file, { openExternal, nonce: createNonce() }), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** What {@link saveModel} wrote. */
export interface SavedModel {
  readonly path: string;
  readonly sizeBytes: number;
  /** The external data file, if there is one. */
  readonly dataPath?: string;
}

/**
 * Writes a model under a new name: whole or not at all. Weights go to `<name>.data` when the model would exceed
 * protobuf's 2 GB, or when `keepExternal` is set and the model had external weights (those only).
 */
export function saveModel(
  model: Model,
  path: string,
  options: { keepExternal?: boolean; overwrite?: boolean } = {},
): SavedModel {
  const select = externalSelection(model, options.keepExternal === true);
  const dataPath = `${path}.data`;
  if (!options.overwrite)
    for (const target of select ? [path, dataPath] : [path]) if (existsSync(target)) throw outputExists(target);
  const files: AtomicFile[] = [];
  const start = (target: string): AtomicFile => {
    const file = createAtomicFile(target, options);
    files.push(file);
    return file;
  };
  let isDataCommitted = false;
  try {
    const file = start(path);
    const external = select ? { location: basename(dataPath), sink: start(dataPath), select } : undefined;
    const encoded = encodeModel(model, { nonce: createNonce(), ...(external ? { external } : {}) });
    if (encoded.byteLength > MAX_SINGLE_FILE_BYTES) {
      throw new PressError('unsupported-model', `${path} would be larger than the 2 GB that a model file can have.`, {
        path,
      });
    }
    encoded.writeTo(file);
    external?.sink.commit();
    isDataCommitted = external !== undefined;
    file.commit();
    const sizeBytes = files.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    return { path, sizeBytes, ...(external ? { dataPath } : {}) };
  } catch (error) {
    for (const file of files) file.abort();
    if (isDataCommitted && !options.overwrite) rmSync(dataPath, { force: true });
    throw error;
  }
}

/** A model as bytes for a session; for models under 2 GB. */
export function modelBytes(model: Model): Uint8Array {
  return encodeModelBytes(model, createNonce());
}

/** The bytes that a model takes in a file, weights included. */
export function modelSizeBytes(model: Model): number {
  return encodeModel(model, { nonce: createNonce() }).byteLength;
}

/** 24 bytes that nobody can guess, so that no file can contain a forged stand-in. */
function createNonce(): Uint8Array {
  return randomBytes(24);
}
