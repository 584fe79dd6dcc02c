import { expect, it } from 'vitest';
import { createFormats, fill } from '../../webview/ui/format';
import { intervalDomain, type IntervalRow } from '../../webview/ui/intervalModel';
import { initialState } from '../../webview/panels/reportState';

it('fills placeholders and leaves what has no value', () => {
  expect(fill('{1} of {0}, {2}', 'ten', 'two')).toBe('two of ten, {2}');
});

it('writes small and large numbers with few digits', () => {
  const { significant, signed, percent } = createFormats('en');
  expect([0, 0.0039215, 0.00001234, 1234567, -4.2].map(significant)).toEqual([
    '0',
    '0.003922',
    '1.23E-5',
    '1.23E6',
    '-4.2',
  ]);
  expect([0.1, -0.3, -0.001, 0].map((value) => signed(value, 2))).toEqual(['+0.10', '−0.30', '0.00', '0.00']);
  expect(percent(0.98765)).toBe('98.77 %');
});

it('starts bars at zero and shows points in their neighbourhood', () => {
  const row = (low: number, value: number, high: number): IntervalRow => ({
    role: 'after',
    label: '',
    text: '',
    low,
    value,
    high,
  });
  expect(intervalDomain([row(2, 3, 4), row(1, 1, 1)], 'bar')).toEqual([0, 4]);
  const [low, high] = intervalDomain([row(0.96, 0.98, 0.99), row(0.9, 0.95, 0.97)], 'point');
  expect([low, high].map((value) => value.toFixed(4))).toEqual(['0.8865', '1.0035']);
  expect(intervalDomain([row(0, 0, 0)], 'bar')).toEqual([0, 1]);
});

it('keeps the state of the same panel over a reload and drops that of another', () => {
  const saved = { version: 1, token: 'a', tables: {}, open: { nodes: false }, scrollTop: 40 } as const;
  expect(initialState(saved, 'a')).toBe(saved);
  expect(initialState(saved, 'b')).toEqual({ version: 1, token: 'b', tables: {}, open: {}, scrollTop: 0 });
  expect(initialState(undefined, 'b')).toEqual({ version: 1, token: 'b', tables: {}, open: {}, scrollTop: 0 });
});
