/** Where the data of an array starts is a multiple of this, so that it can be mapped into memory. */
const ALIGNMENT = 64;
/** `\x93NUMPY`, version 1.0. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];

/**
 * The header of an array file in NumPy's format 1.0 (NEP 1), to be followed by the elements in C order.
 * `descr` is NumPy's name of the type, byte order included: `<f4`, `|i1`. It takes at least `minimumBytes`.
 */
export function npyHeader(descr: string, shape: readonly number[], minimumBytes = 0): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0] ?? 0},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = MAGIC.length + 2;
  const size = Math.ceil(Math.max(minimumBytes, start + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(size).fill(0x20);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint16(MAGIC.length, size - start, true);
  bytes.set(new TextEncoder().encode(text), start);
  bytes[size - 1] = 0x0a;
  return bytes;
}
