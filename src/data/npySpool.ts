import { mkdir, open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TensorElementType, TensorValue } from '../onnx/tensorValue';
import { npyHeader } from './npyHeader';

/** NumPy's names of element types, little-endian. */
const NPY_TYPES: Readonly<Partial<Record<TensorElementType, string>>> = {
  float32: '<f4',
  float64: '<f8',
  float16: '<f2',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  bool: '|b1',
};
/** Room for a header whose number of rows is not known yet. */
const HEADER_BYTES = 256;

/** Collects one tensor a sample on disk, and leaves them as NumPy files. */
export interface NpySpool {
  /** Adds the tensor of the next sample. */
  add(value: TensorValue): Promise<void>;
  /**
   * Closes the files: one `<name>.npy` with a row a sample where all have one shape, else a folder `<name>` with one file
   * a sample. Tensors of strings are JSON, `<name>.json`.
   */
  finish(): Promise<void>;
  /** Closes what is open, whatever happened. */
  abandon(): Promise<void>;
}

/** Starts a spool for `path`, which has no ending. */
export async function createNpySpool(path: string): Promise<NpySpool> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  const texts: (readonly string[])[] = [];
  const lengths: number[] = [];
  const shapes: (readonly number[])[] = [];
  let descr: string | undefined;
  let file: FileHandle | undefined;
  let size = HEADER_BYTES;

  return {
    async add(value) {
      if (!ArrayBuffer.isView(value.data)) {
        texts.push(value.data as readonly string[]); // the only kind that is no array of numbers
        return;
      }
      descr = NPY_TYPES[value.type];
      shapes.push(value.dims);
      const bytes = new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength);
      lengths.push(bytes.length);
      file ??= await open(partial, 'w+');
      await file.write(bytes, 0, bytes.length, size);
      size += bytes.length;
    },
    async finish() {
      if (texts.length > 0) await writeFile(`${path}.json`, JSON.stringify(texts));
      if (!file || descr === undefined) return;
      const [first = []] = shapes;
      const isUniform = shapes.every((shape) => shape.join() === first.join());
      if (isUniform) {
        await file.write(npyHeader(descr, [shapes.length, ...first], HEADER_BYTES), 0, HEADER_BYTES, 0);
        await file.close();
        await rename(partial, `${path}.npy`);
        return;
      }
      await split(file, path, descr, shapes, lengths);
      await file.close();
      await rm(partial);
    },
    async abandon() {
      await file?.close().catch(() => undefined); // closed already where it was finished
    },
  };
}

async function split(
  file: FileHandle,
  folder: string,
  descr: string,
  shapes: readonly (readonly number[])[],
  lengths: readonly number[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  let offset = HEADER_BYTES;
  for (const [i, shape] of shapes.entries()) {
    const bytes = new Uint8Array(lengths[i] ?? 0);
    await file.read(bytes, 0, bytes.length, offset);
    offset += bytes.length;
    await writeFile(join(folder, `${i}.npy`), Buffer.concat([npyHeader(descr, shape), bytes]));
  }
}
