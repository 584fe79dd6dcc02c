import type { TensorElementType } from '../onnx/tensorValue';
import { badDataset } from './errors';

/** Random access to the bytes of one array, on disk or in memory. */
export interface ArrayBytes {
  readonly size: number;
  read(offset: number, length: number): Promise<Buffer>;
}

/** Numbers as they lie in an array; halves as their 16 bits. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** An array in NumPy's format; rows (along the first axis) are read when asked for. */
export interface NpyArray {
  readonly type: Exclude<TensorElementType, 'string'>;
  readonly shape: readonly number[];
  /** Values of row `index` in C order. */
  readRow(index: number): Promise<NumberArray>;
  readAll(): Promise<NumberArray>;
}

interface NpyHeader {
  readonly type: NpyArray['type'];
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  readonly dataOffset: number;
}

const MAGIC = '\x93NUMPY';
const MAX_HEADER_BYTES = 1024 * 1024;
/** Above this, an array that has to be reordered is not held in memory. */
const MAX_REORDERED_BYTES = 1024 ** 3;

const TYPES: Readonly<Record<string, NpyArray['type']>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/** Opens an array in .npy format 1, 2 or 3. Throws `bad-dataset` for types that are not plain numbers. */
export async function openNpy(bytes: ArrayBytes, where: string): Promise<NpyArray> {
  const header = await readHeader(bytes, where);
  const { type, shape, dataOffset } = header;
  const elementBytes = bytesOf(type);
  const length = shape.reduce((product, dim) => product * dim, 1);
  if (!Number.isSafeInteger(length) || bytes.size - dataOffset !== length * elementBytes) {
    const found = bytes.size - dataOffset;
    throw badDataset(
      where,
      `has ${found} bytes of data, but its shape [${shape.join(', ')}] needs ${length * elementBytes}: it is damaged. Save it again.`,
    );
  }
  const rowLength = shape[0] ? length / shape[0] : 1;
  const decode = (raw: Buffer): NumberArray => decodeNumbers(raw, type, header.bigEndian);
  let readElements = async (start: number, count: number): Promise<NumberArray> =>
    decode(await bytes.read(dataOffset + start * elementBytes, count * elementBytes));
  if (header.fortranOrder && shape.length > 1) {
    if (length * elementBytes > MAX_REORDERED_BYTES) {
      throw badDataset(where, 'is in Fortran order and larger than 1 GiB. Save it with np.ascontiguousarray.');
    }
    const ordered = toRowMajor(decode(await bytes.read(dataOffset, length * elementBytes)), shape);
    readElements = (start, count) => Promise.resolve(ordered.slice(start, start + count));
  }
  return {
    type,
    shape,
    readRow: (index) => readElements(index * rowLength, rowLength),
    readAll: () => readElements(0, length),
  };
}

async function readHeader(bytes: ArrayBytes, where: string): Promise<NpyHeader> {
  const start = bytes.size < 12 ? Buffer.alloc(12) : await bytes.read(0, 12);
  if (start.toString('latin1', 0, 6) !== MAGIC) throw badDataset(where, 'is not a NumPy array. Save it with np.save.');
  const version = start[6] ?? 0;
  if (version < 1 || version > 3)
    throw badDataset(where, `is in .npy format ${version}; 1 to 3 can be read. Save it again.`);
  const textOffset = version === 1 ? 10 : 12;
  const textLength = version === 1 ? start.readUInt16LE(8) : start.readUInt32LE(8);
  if (textLength > MAX_HEADER_BYTES || textOffset + textLength > bytes.size) {
    throw badDataset(where, 'has a damaged header. Save it again with np.save.');
  }
  const text = (await bytes.read(textOffset, textLength)).toString('utf8');
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /['"]shape['"]\s*:\s*\(([\dL,\s]*)\)/.exec(text)?.[1];
  const type = TYPES[descr?.slice(1) ?? ''];
  if (!type || !/^[<>|=]/.test(descr ?? '')) {
    const found = descr ?? /['"]descr['"]\s*:\s*(\[.{0,60})/.exec(text)?.[1] ?? 'unknown';
    throw badDataset(where, `has elements of type ${found}; only integers, floats and bool can be read. Convert it.`);
  }
  if (order === undefined || shape === undefined) {
    throw badDataset(where, 'has a damaged header. Save it again with np.save.');
  }
  return {
    type,
    bigEndian: descr?.startsWith('>') ?? false,
    fortranOrder: order === 'True',
    shape: shape
      .split(',')
      .map((part) => part.replace('L', '').trim())
      .filter((part) => part !== '')
      .map(Number),
    dataOffset: textOffset + textLength,
  };
}

function bytesOf(type: NpyArray['type']): 1 | 2 | 4 | 8 {
  if (type === 'bool' || type === 'int8' || type === 'uint8') return 1;
  if (type === 'float16' || type === 'int16' || type === 'uint16') return 2;
  return type === 'float32' || type === 'int32' || type === 'uint32' ? 4 : 8;
}

function decodeNumbers(raw: Buffer, type: NpyArray['type'], bigEndian: boolean): NumberArray {
  const bytes = new Uint8Array(raw); // a copy: aligned and not shared, so it can be swapped in place and viewed as any type
  const own = Buffer.from(bytes.buffer);
  const size = bytesOf(type);
  if (bigEndian && size === 2) own.swap16();
  if (bigEndian && size === 4) own.swap32();
  if (bigEndian && size === 8) own.swap64();
  switch (type) {
    case 'bool':
    case 'uint8':
      return bytes;
    case 'int8':
      return new Int8Array(bytes.buffer);
    case 'float16':
    case 'uint16':
      return new Uint16Array(bytes.buffer);
    case 'int16':
      return new Int16Array(bytes.buffer);
    case 'int32':
      return new Int32Array(bytes.buffer);
    case 'uint32':
      return new Uint32Array(bytes.buffer);
    case 'float32':
      return new Float32Array(bytes.buffer);
    case 'float64':
      return new Float64Array(bytes.buffer);
    case 'int64':
      return new BigInt64Array(bytes.buffer);
    case 'uint64':
      return new BigUint64Array(bytes.buffer);
  }
}

/** Turns column-major (first axis fastest) into row-major (last axis fastest). */
function toRowMajor(values: NumberArray, shape: readonly number[]): NumberArray {
  const ordered = values.slice();
  // The same type on both sides: elements are moved, never converted.
  const from = values as Float32Array;
  const to = ordered as Float32Array;
  const position = shape.map(() => 0);
  const strides: number[] = [];
  shape.reduce((stride, dim) => (strides.push(stride), stride * dim), 1);
  let source = 0;
  for (let i = 0; i < to.length; i++) {
    to[i] = from[source] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (position[axis] ?? 0) + 1;
      source += strides[axis] ?? 0;
      if (next < (shape[axis] ?? 0)) {
        position[axis] = next;
        break;
      }
      source -= next * (strides[axis] ?? 0);
      position[axis] = 0;
    }
  }
  return ordered;
}
