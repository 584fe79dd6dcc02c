import { describe, expect, it } from 'vitest';
import { paretoFront } from '../../../webview/comparison/paretoFront';

describe('paretoFront', () => {
  it('keeps what no other point beats in both, the cheapest first', () => {
    const points = [
      { name: 'large and best', cost: 10, quality: 0.95 },
      { name: 'small', cost: 2, quality: 0.9 },
      { name: 'beaten', cost: 5, quality: 0.89 },
      { name: 'smallest', cost: 1, quality: 0.5 },
    ];
    expect(paretoFront(points).map(({ name }) => name)).toEqual(['smallest', 'small', 'large and best']);
  });

  it('lets the first of equal points stand for all', () => {
    const points = [1, 2, 3].map((id) => ({ id, cost: 1, quality: 0.9 }));
    expect(paretoFront(points)).toEqual([{ id: 1, cost: 1, quality: 0.9 }]);
  });

  it('of one cost keeps the better', () => {
    expect(
      paretoFront([
        { cost: 1, quality: 0.1 },
        { cost: 1, quality: 0.2 },
      ]),
    ).toEqual([{ cost: 1, quality: 0.2 }]);
  });
});
