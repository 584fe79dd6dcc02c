import { describe, expect, it } from 'vitest';
import { castExactly } from '../../../src/data/castNumbers';
import { fromFloat16, toFloat16 } from '../../../src/util/float16';

describe('float16', () => {
  it('gives every half its own bits back', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromFloat16(bits);
      if (!Number.isNaN(value) && toFloat16(value) !== bits) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it('rounds to the nearest half, ties to even', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [fromFloat16(bits), fromFloat16(bits + 1)];
      const middle = (low + high) / 2;
      const nudge = (high - low) / 64;
      const found = [toFloat16(middle - nudge), toFloat16(middle), toFloat16(middle + nudge)];
      const even = bits % 2 === 0 ? bits : bits + 1;
      if (found.join() !== [bits, even, bits + 1].join()) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it('keeps infinities, NaN and overflow', () => {
    expect([toFloat16(65519), toFloat16(65520), toFloat16(-1e9), toFloat16(NaN)]).toEqual([
      0x7bff, 0x7c00, 0xfc00, 0x7e00,
    ]);
  });
});

describe('castExactly', () => {
  it.each([
    [[1, 2], 'int8', { data: Int8Array.of(1, 2) }],
    [[1n, -2n], 'int32', { data: Int32Array.of(1, -2) }],
    [[3], 'int64', { data: BigInt64Array.of(3n) }],
    [[2n ** 63n], 'uint64', { data: BigUint64Array.of(2n ** 63n) }],
    [[0.5], 'float32', { data: Float32Array.of(0.5) }],
    [[1.5], 'float16', { data: Uint16Array.of(0x3e00) }],
    [[0.5], 'int8', { refused: 0.5 }],
    [[128], 'int8', { refused: 128 }],
    [[-1], 'uint8', { refused: -1 }],
    [[2], 'bool', { refused: 2 }],
    [[2n ** 63n], 'int64', { refused: 2n ** 63n }],
    [[2 ** 60], 'int64', { refused: 2 ** 60 }],
    [[NaN], 'int32', { refused: NaN }],
  ] as const)('casts %s to %s', (values, type, expected) => {
    expect(castExactly([...values], type)).toEqual(expected);
  });
});
