import { describe, expect, it } from 'vitest';
import { createFidelityMeter } from '../../../src/evaluate/fidelity';
import { countNonFinite } from '../../../src/evaluate/finite';
import type { TensorValue } from '../../../src/onnx/tensorValue';
import type { OutputFidelity } from '../../../src/protocol';
import { createRandom } from '../../../src/util/random';
import { floats } from './fakes';

const measure = (...runs: readonly (readonly [TensorValue, TensorValue])[]): OutputFidelity => {
  const meter = createFidelityMeter('y');
  for (const [before, after] of runs) meter.add(before, after);
  return meter.result();
};
const row = (...values: number[]): TensorValue => floats([1, values.length], values);

describe('createFidelityMeter', () => {
  it('agrees with the plain formulas over all runs', () => {
    const random = createRandom(11);
    const before = Array.from({ length: 600 }, () => Math.fround(random.normal()));
    const after = before.map((value) => Math.fround(value + 0.01 * random.normal()));
    const runs = [0, 1, 2].map(
      (i) => [row(...before.slice(i * 200, i * 200 + 200)), row(...after.slice(i * 200, i * 200 + 200))] as const,
    );
    const sum = (term: (a: number, b: number) => number): number =>
      before.reduce((total, a, i) => total + term(a, after[i] ?? 0), 0);
    const noise = sum((a, b) => (a - b) ** 2);
    const result = measure(...runs);
    expect(result.sqnrDb).toBeCloseTo(10 * Math.log10(sum((a) => a * a) / noise), 10);
    expect(result.cosine).toBeCloseTo(sum((a, b) => a * b) / Math.sqrt(sum((a) => a * a) * sum((_, b) => b * b)), 12);
    expect(result.maxAbsError).toBe(Math.max(...before.map((a, i) => Math.abs(a - (after[i] ?? 0)))));
  });

  it('gives an interval over samples, the same whether they are run together or one by one', () => {
    const random = createRandom(5);
    const before = Array.from({ length: 80 }, () => random.normal());
    const after = before.map((value) => value + 0.05 * random.normal());
    const together = createFidelityMeter('y');
    together.add(floats([40, 2], before), floats([40, 2], after), 40);
    const single = createFidelityMeter('y');
    for (let i = 0; i < 80; i += 2) single.add(row(...before.slice(i, i + 2)), row(...after.slice(i, i + 2)));
    expect(together.result()).toEqual(single.result());
    const { sqnrDb, sqnrInterval = [0, 0], cosine, cosineInterval = [0, 0] } = single.result();
    expect([sqnrInterval[0] < (sqnrDb ?? 0), (sqnrDb ?? 0) < sqnrInterval[1]]).toEqual([true, true]);
    expect([cosineInterval[0] < cosine, cosine < cosineInterval[1]]).toEqual([true, true]);
    expect(measure([row(1, 2), row(1, 3)]).sqnrInterval).toBeUndefined();
  });

  it('says identical for equal outputs, shared infinities and NaN included', () => {
    const values = [1, NaN, Infinity, -Infinity, 0];
    expect(measure([row(...values), row(...values)])).toEqual({ output: 'y', sqnrDb: null, cosine: 1, maxAbsError: 0 });
  });

  it('is as bad as can be when only one model is infinite, and stays a number', () => {
    expect(measure([row(1, 2), row(1, NaN)])).toEqual({ output: 'y', sqnrDb: -200, cosine: 1, maxAbsError: 0 });
    expect(measure([row(1, Infinity), row(1, -Infinity)]).sqnrDb).toBe(-200);
    expect(measure([row(0, 0), row(1, 0)])).toEqual({ output: 'y', sqnrDb: -200, cosine: 0, maxAbsError: 1 });
  });

  it('counts equal elements of whole numbers and texts', () => {
    const ints = (...values: number[]): TensorValue => ({
      type: 'int64',
      dims: [4],
      data: BigInt64Array.from(values, BigInt),
    });
    expect(measure([ints(1, 2, 3, 4), ints(1, 2, 3, 8)])).toMatchObject({ equalShare: 0.75, maxAbsError: 4 });
    const texts = (...data: string[]): TensorValue => ({ type: 'string', dims: [data.length], data });
    expect(measure([texts('a', 'b'), texts('a', 'c')])).toEqual({
      ...{ output: 'y', equalShare: 0.5, sqnrDb: -200, cosine: 0.5, maxAbsError: 1 },
    });
    expect(measure([texts('a'), texts('a')])).toMatchObject({ sqnrDb: null, equalShare: 1 });
  });

  it('counts runs whose shapes differ instead of comparing them', () => {
    expect(measure([row(1, 2), row(1, 2)], [row(1, 2), row(1, 2, 3)])).toMatchObject({ sqnrDb: -200, shapeChanges: 1 });
  });
});

describe('finite outputs', () => {
  it('counts what is infinite or not a number', () => {
    const halves: TensorValue = { type: 'float16', dims: [3], data: Uint16Array.of(0x7c00, 0x3c00, 0x7e00) };
    expect(countNonFinite(halves)).toBe(2);
    const ints: TensorValue = { type: 'int32', dims: [1], data: Int32Array.of(7) };
    expect([countNonFinite(ints), countNonFinite(row(1, NaN)), countNonFinite(row(1, 2))]).toEqual([0, 1, 0]);
  });
});
