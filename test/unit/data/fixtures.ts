import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import type { Dataset, Sample } from '../../../src/data/dataset';
import type { TensorElementType, TensorInfo } from '../../../src/onnx/tensorValue';

/** A folder that is removed when the test has finished. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-press-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file and the folders above it; returns its path. */
export function writeFile(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Writes a PNG of one colour. */
export async function writePng(
  folder: string,
  name: string,
  colour: readonly [number, number, number] = [10, 20, 30],
  size: readonly [height: number, width: number] = [4, 4],
): Promise<string> {
  const [height, width] = size;
  const [r, g, b] = colour;
  const image = sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
  return writeFile(folder, name, await image.png().toBuffer());
}

export function input(name: string, dims: TensorInfo['dims'], type: TensorInfo['type'] = 'float32'): TensorInfo {
  return { name, type, dims };
}

/** A NumPy file of the given header fields and bytes. */
export function npy(
  descr: string,
  shape: readonly number[],
  data: Uint8Array,
  options: { fortran?: boolean; version?: 1 | 2 | 3 } = {},
): Buffer {
  const version = options.version ?? 1;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${options.fortran ? 'True' : 'False'}, 'shape': ${tuple}, }\n`;
  const prefix = Buffer.alloc(version === 1 ? 10 : 12);
  prefix.write('\x93NUMPY', 'latin1');
  prefix[6] = version;
  if (version === 1) prefix.writeUInt16LE(text.length, 8);
  else prefix.writeUInt32LE(text.length, 8);
  return Buffer.concat([prefix, Buffer.from(text), data]);
}

export function float32Bytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

interface ZipMember {
  readonly name: string;
  readonly data: Buffer;
  readonly method?: 'store' | 'deflate';
  readonly wide?: boolean;
  readonly flags?: number;
  readonly methodCode?: number;
  readonly declaredSize?: number;
}

/** A ZIP archive; a `wide` member has its sizes and offset in a ZIP64 field. */
export function zip(members: readonly ZipMember[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const body = member.method === 'deflate' ? deflateRawSync(member.data) : member.data;
    const code = member.methodCode ?? (member.method === 'deflate' ? 8 : 0);
    const size = member.declaredSize ?? member.data.length;
    const name = Buffer.from(member.name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const extra = Buffer.alloc(member.wide ? 28 : 0);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(member.flags ?? 0, 8);
    central.writeUInt16LE(code, 10);
    central.writeUInt32LE(member.wide ? 0xffffffff : body.length, 20);
    central.writeUInt32LE(member.wide ? 0xffffffff : size, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt16LE(extra.length, 30);
    central.writeUInt32LE(member.wide ? 0xffffffff : offset, 42);
    if (member.wide) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      extra.writeBigUInt64LE(BigInt(size), 4);
      extra.writeBigUInt64LE(BigInt(body.length), 12);
      extra.writeBigUInt64LE(BigInt(offset), 20);
    }
    locals.push(local, name, body);
    directory.push(central, name, extra);
    offset += 30 + name.length + body.length;
  }
  const bytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(bytes.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, bytes, end]);
}

/** An IDX file of 8-bit values. */
export function idx(dims: readonly number[], data: readonly number[], type = 8): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header[2] = type;
  header[3] = dims.length;
  dims.forEach((dim, axis) => header.writeUInt32BE(dim, 4 + 4 * axis));
  return Buffer.concat([header, Buffer.from(data)]);
}

export async function collect(dataset: Dataset, range?: Parameters<Dataset['samples']>[0]): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of dataset.samples(range)) samples.push(sample);
  return samples;
}

/** A sample's input as plain numbers, for comparing. */
export function plain(
  sample: Sample | undefined,
  name: string,
): { type: TensorElementType; dims: readonly number[]; data: readonly (number | bigint | string)[] } | undefined {
  const value = sample?.inputs[name];
  return value && { type: value.type, dims: value.dims, data: [...value.data] };
}
