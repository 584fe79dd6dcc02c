import { describe, expect, it } from 'vitest';
import { rowAfterKey, scrollToRow, virtualRange } from '../../webview/ui/virtualRange';

describe('virtualRange', () => {
  it('draws what is visible and a few rows around it', () => {
    expect(virtualRange(2400, 240, 24, 10_000)).toEqual({ first: 92, end: 118 });
  });

  it('ends at the ends', () => {
    expect(virtualRange(0, 240, 24, 5)).toEqual({ first: 0, end: 5 });
    expect(virtualRange(9e9, 240, 24, 50).first).toBe(49);
    expect(virtualRange(0, 240, 24, 0)).toEqual({ first: 0, end: 0 });
  });
});

describe('scrollToRow', () => {
  it('scrolls as little as shows the row', () => {
    expect([scrollToRow(5, 100, 100, 20), scrollToRow(2, 100, 100, 20), scrollToRow(20, 100, 100, 20)]).toEqual([
      100, 40, 320,
    ]);
  });
});

describe('rowAfterKey', () => {
  it('moves by arrows, pages and to the ends, and stays in the table', () => {
    const keys = ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'];
    expect(keys.map((key) => rowAfterKey(key, 3, 10, 5))).toEqual([4, 2, 8, 0, 0, 9]);
    expect(keys.map((key) => rowAfterKey(key, -1, 10, 5))).toEqual([0, 0, 4, 0, 0, 9]);
  });

  it('leaves other keys and empty tables alone', () => {
    expect([rowAfterKey('a', 0, 10, 5), rowAfterKey('End', 0, 0, 5)]).toEqual([undefined, undefined]);
  });
});
