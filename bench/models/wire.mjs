import { Buffer } from 'node:buffer';

/**
 * A stretch of a protobuf message: bytes at hand, or a payload of a known length whose chunks are made when written.
 * A message is a list of parts, so a file of any size is described in a few kilobytes and streamed.
 *
 * @typedef {Uint8Array | { length: number; chunks: () => Iterable<Uint8Array> }} Part
 */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** @param {number} value integer, -2^53 to 2^53; a negative one takes ten bytes (two's complement) */
function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/**
 * @param {number} field
 * @param {number} value integer, -2^53 to 2^53
 * @returns {Part[]}
 */
export function integer(field, value) {
  return [Buffer.concat([varint(field * 8 + VARINT), varint(value)])];
}

/** @returns {Part[]} */
export function float(field, value) {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return [Buffer.concat([varint(field * 8 + FIXED32), bytes])];
}

/** @returns {Part[]} */
export function text(field, value) {
  return bytes(field, Buffer.from(value));
}

/**
 * @param {number} field
 * @param {Part} payload
 * @returns {Part[]}
 */
export function bytes(field, payload) {
  return message(field, [payload]);
}

/**
 * A submessage.
 *
 * @param {number} field
 * @param {Part[]} parts
 * @returns {Part[]}
 */
export function message(field, parts) {
  return [Buffer.concat([varint(field * 8 + LENGTH_DELIMITED), varint(byteLength(parts))]), ...parts];
}

/** @param {readonly Part[]} parts */
export function byteLength(parts) {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
