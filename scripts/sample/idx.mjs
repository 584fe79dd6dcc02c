import { Buffer } from 'node:buffer';
import { writeFileSync } from 'node:fs';

/** The IDX type code of unsigned bytes. */
const UNSIGNED_BYTE = 0x08;

/**
 * Writes unsigned bytes as an IDX file: two zero bytes, the type, the number of dimensions, every dimension as a
 * big-endian 32-bit integer, then the values in row-major order.
 *
 * @param {string} path
 * @param {readonly number[]} shape
 * @param {Uint8Array} values
 */
export function writeIdx(path, shape, values) {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, UNSIGNED_BYTE, shape.length]);
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  writeFileSync(path, Buffer.concat([header, values]));
}
