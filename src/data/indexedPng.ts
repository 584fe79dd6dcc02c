import { promisify } from 'node:util';
import { inflate } from 'node:zlib';

const inflateAsync = promisify(inflate) as (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const SIGNATURE = '\x89PNG\r\n\x1a\n';
const PALETTE = 3;
/** As many as images may have. */
const MAX_PIXELS = 100_000_000;

/** The palette indices of an image; masks of classes are stored so (PASCAL VOC, Cityscapes). */
export interface IndexedImage {
  readonly width: number;
  readonly height: number;
  readonly indices: Uint8Array;
}

/**
 * The indices of a PNG with a palette, which decoders of images turn into colours (PNG specification, colour type 3).
 * Undefined for any other file. Throws an Error for one that is damaged or interlaced.
 */
export async function readIndexedPng(bytes: Buffer): Promise<IndexedImage | undefined> {
  if (bytes.length < 33 || bytes.toString('latin1', 0, 8) !== SIGNATURE || bytes[25] !== PALETTE) return undefined;
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const depth = bytes[24] ?? 8;
  if (bytes[28] !== 0) throw new Error('it is interlaced; save it without');
  if (![1, 2, 4, 8].includes(depth) || width * height === 0 || width * height > MAX_PIXELS) {
    throw new Error('its header is damaged');
  }
  const rowBytes = Math.ceil((width * depth) / 8);
  const size = height * (rowBytes + 1);
  const raw = await inflateAsync(Buffer.concat(dataChunks(bytes)), { maxOutputLength: size + 1 });
  if (raw.length !== size) throw new Error('it is truncated');
  const indices = new Uint8Array(width * height);
  let previous: Uint8Array = new Uint8Array(rowBytes);
  for (let y = 0; y < height; y++) {
    const start = y * (rowBytes + 1);
    const row = unfiltered(raw[start] ?? 0, raw.subarray(start + 1, start + 1 + rowBytes), previous);
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const shift = 8 - depth - (bit % 8);
      indices[y * width + x] = ((row[bit >> 3] ?? 0) >> shift) & ((1 << depth) - 1);
    }
    previous = row;
  }
  return { width, height, indices };
}

function dataChunks(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') chunks.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return chunks;
}

/** Undoes the filter of a row; with indices of up to 8 bits a pixel's neighbour is the byte before. */
function unfiltered(filter: number, row: Uint8Array, above: Uint8Array): Uint8Array {
  const result = new Uint8Array(row.length);
  for (let i = 0; i < row.length; i++) {
    const left = i > 0 ? (result[i - 1] ?? 0) : 0;
    const up = above[i] ?? 0;
    const corner = i > 0 ? (above[i - 1] ?? 0) : 0;
    result[i] = (row[i] ?? 0) + predicted(filter, left, up, corner);
  }
  return result;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const [toLeft, toUp, toCorner] = [
        Math.abs(up - corner),
        Math.abs(left - corner),
        Math.abs(left + up - 2 * corner),
      ];
      if (toLeft <= toUp && toLeft <= toCorner) return left;
      return toUp <= toCorner ? up : corner;
    }
    default:
      throw new Error(`it has the unknown filter ${filter}`);
  }
}
