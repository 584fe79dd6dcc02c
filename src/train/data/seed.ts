/**
 * A seed made of several whole numbers, so that what is drawn for one sample of one epoch never depends on what was
 * drawn before: a resumed run, or one with other workers, draws the same (the mixing steps of MurmurHash3).
 */
export function seedOf(...parts: readonly number[]): number {
  let hash = 0x9747b28c;
  for (const part of parts) {
    let key = Math.imul(part | 0, 0xcc9e2d51);
    key = (key << 15) | (key >>> 17);
    hash ^= Math.imul(key, 0x1b873593);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
