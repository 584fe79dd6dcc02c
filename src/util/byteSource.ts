/** Random access to bytes that may be far larger than memory. */
export interface ByteSource {
  readonly size: number;
  /** Returns exactly `length` bytes from `offset`; throws RangeError outside 0..size. */
  read(offset: number, length: number): Uint8Array;
}

/** Receives bytes in order. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
}

/** A source over bytes that are in memory already; reads are views, not copies. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > bytes.length) throw new RangeError('Read outside the source.');
      return bytes.subarray(offset, offset + length);
    },
  };
}
