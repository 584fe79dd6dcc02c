import { describe, expect, it } from 'vitest';
import { createStopwatch } from '../../../src/recipe/stopwatch';

describe('createStopwatch', () => {
  it('adds up stages to the millisecond, and counts those that fail', async () => {
    const times = [0, 1500.4, 2000, 2250, 3000, 3100];
    const watch = createStopwatch(() => times.shift() ?? NaN);
    expect(await watch.time('read', Promise.resolve('value'))).toBe('value');
    await watch.time('read', Promise.resolve());
    await expect(watch.time('write', Promise.reject(new Error('full')))).rejects.toThrow('full');
    expect(watch.seconds()).toEqual({ read: 1.75, write: 0.1 });
  });
});
