import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { errorMessage } from '../util/pressError';
import { badDataset } from './errors';
import { readExactly, readPart, withFile } from './fileAccess';
import type { ArrayBytes } from './npy';

/** One file in a ZIP archive, from the central directory. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly compressedSize: number;
  readonly size: number;
  readonly localOffset: number;
}

const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65535;
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;
/** A compressed array has to be held in memory; larger ones must be stored uncompressed. */
const MAX_INFLATED_BYTES = 1024 ** 3;
const STORED = 0;
const DEFLATED = 8;
const IS_64 = 0xffffffff;

const inflate = promisify(inflateRaw) as (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** Lists an archive, ZIP64 included. Throws `bad-dataset` when it is not one or is damaged. */
export function readZipDirectory(path: string): Promise<readonly ZipEntry[]> {
  return withFile(path, async (file, size) => {
    const end = await findDirectory(file, path, size);
    if (end.bytes > MAX_DIRECTORY_BYTES || end.offset + end.bytes > size) throw damaged(path);
    const directory = await readExactly(file, path, end.offset, end.bytes);
    const entries: ZipEntry[] = [];
    for (let at = 0; entries.length < end.count;) {
      if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw damaged(path);
      const nameLength = directory.readUInt16LE(at + 28);
      const extraLength = directory.readUInt16LE(at + 30);
      const extraAt = at + 46 + nameLength;
      if (extraAt + extraLength > directory.length) throw damaged(path);
      const wide = wideFields(directory.subarray(extraAt, extraAt + extraLength));
      const field = (offset: number): number => {
        const value = directory.readUInt32LE(at + offset);
        return value === IS_64 ? Number(wide.shift() ?? IS_64) : value;
      };
      const fullSize = field(24); // the order in which ZIP64 lists the fields that it widens
      const compressedSize = field(20);
      const localOffset = field(42);
      entries.push({
        name: directory.toString('utf8', at + 46, extraAt),
        method: directory.readUInt16LE(at + 10),
        isEncrypted: (directory.readUInt16LE(at + 8) & 1) === 1,
        compressedSize,
        size: fullSize,
        localOffset,
      });
      at = extraAt + extraLength + directory.readUInt16LE(at + 32);
    }
    return entries;
  });
}

/** The bytes of an entry: a part of the file when stored, decompressed into memory when deflated. */
export async function openZipEntry(path: string, entry: ZipEntry): Promise<ArrayBytes> {
  const where = `${path}[${entry.name}]`;
  if (entry.isEncrypted) throw badDataset(where, 'is encrypted. Save it without a password.');
  const local = await readPart(path, entry.localOffset, 30);
  if (local.readUInt32LE(0) !== 0x04034b50) throw damaged(path);
  const start = entry.localOffset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (entry.method === STORED) {
    return { size: entry.size, read: (offset, length) => readPart(path, start + offset, length) };
  }
  if (entry.method !== DEFLATED) {
    throw badDataset(
      where,
      `is compressed with method ${entry.method}; only deflate can be read. Save it with np.savez.`,
    );
  }
  if (entry.size > MAX_INFLATED_BYTES || entry.compressedSize > MAX_INFLATED_BYTES) {
    throw badDataset(
      where,
      `is compressed and has ${entry.size} bytes, more than 1 GiB. Save it with np.savez instead of np.savez_compressed.`,
    );
  }
  const bytes = await inflateEntry(await readPart(path, start, entry.compressedSize), entry.size, where);
  return { size: bytes.length, read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)) };
}

async function inflateEntry(compressed: Buffer, size: number, where: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await inflate(compressed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw badDataset(where, `cannot be decompressed: ${errorMessage(error)}. Save it again.`);
  }
  if (bytes.length === size) return bytes;
  throw badDataset(where, `has ${bytes.length} bytes where ${size} are declared: it is damaged. Save it again.`);
}

async function findDirectory(
  file: FileHandle,
  path: string,
  size: number,
): Promise<{ count: number; bytes: number; offset: number }> {
  const tailLength = Math.min(size, END_BYTES + MAX_COMMENT_BYTES);
  const tail = await readExactly(file, path, size - tailLength, tailLength);
  let at = tail.length - END_BYTES;
  while (at >= 0 && tail.readUInt32LE(at) !== 0x06054b50) at--;
  if (at < 0) throw badDataset(path, 'is not a .npz archive, or it is truncated. Save it again with np.savez.');
  const small = {
    count: tail.readUInt16LE(at + 10),
    bytes: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
  const isWide = small.count === 0xffff || small.bytes === IS_64 || small.offset === IS_64;
  if (!isWide) return small;
  if (at < 20 || tail.readUInt32LE(at - 20) !== 0x07064b50) throw damaged(path);
  const wideAt = Number(tail.readBigUInt64LE(at - 12));
  if (wideAt + 56 > size) throw damaged(path);
  const wide = await readExactly(file, path, wideAt, 56);
  if (wide.readUInt32LE(0) !== 0x06064b50) throw damaged(path);
  return {
    count: Number(wide.readBigUInt64LE(32)),
    bytes: Number(wide.readBigUInt64LE(40)),
    offset: Number(wide.readBigUInt64LE(48)),
  };
}

/** The 64-bit values of the ZIP64 extra field, in order; empty without one. */
function wideFields(extra: Buffer): bigint[] {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) {
      const count = Math.floor(Math.min(length, extra.length - at - 4) / 8);
      return Array.from({ length: count }, (_, index) => extra.readBigUInt64LE(at + 4 + 8 * index));
    }
    at += 4 + length;
  }
  return [];
}

function damaged(path: string): Error {
  return badDataset(path, 'is a damaged .npz archive. Save it again with np.savez.');
}
