import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TensorRef, WeightDetails } from '../../../../src/protocol';
import { createSparsityFeed } from '../../../../webview/graph/app/sparsityFeed';

const ref = (tensor: number): TensorRef => ({ graph: 0, tensor });

describe('createSparsityFeed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function create(): {
    feed: ReturnType<typeof createSparsityFeed>;
    asked: number[];
    answer: (tensor: number, zeros: number) => Promise<void>;
    refuse: (tensor: number) => Promise<void>;
    redraws: () => number;
  } {
    const asked: number[] = [];
    const waiting = new Map<number, { resolve: (value: WeightDetails) => void; reject: (error: Error) => void }>();
    const onProgress = vi.fn();
    const feed = createSparsityFeed(({ tensor }) => {
      asked.push(tensor);
      return new Promise((resolve, reject) => waiting.set(tensor, { resolve, reject }));
    }, onProgress);
    return {
      feed,
      asked,
      async answer(tensor, zeros) {
        // Only these two figures are read.
        waiting.get(tensor)?.resolve({ zeros, elements: 100 } as WeightDetails);
        await vi.advanceTimersByTimeAsync(0);
      },
      async refuse(tensor) {
        waiting.get(tensor)?.reject(new Error('missing'));
        await vi.advanceTimersByTimeAsync(0);
      },
      redraws: () => onProgress.mock.calls.length,
    };
  }

  it('asks for two weights at a time, in the order they are wanted', async () => {
    const { feed, asked, answer } = create();
    feed.want([ref(1), ref(2), ref(3)]);
    expect(asked).toEqual([1, 2]);
    await answer(2, 40);
    expect(asked).toEqual([1, 2, 3]);
    expect([...feed.shares]).toEqual([['0/2', 0.4]]);
    expect(feed.progress()).toEqual({ read: 1, wanted: 3 });
  });

  it('draws once for the answers of a moment', async () => {
    const { feed, answer, redraws } = create();
    feed.want([ref(1), ref(2)]);
    await answer(1, 0);
    await answer(2, 0);
    expect(redraws()).toBe(0);
    await vi.advanceTimersByTimeAsync(500);
    expect(redraws()).toBe(1);
  });

  it('drops what is no longer in view, and asks for nothing twice', async () => {
    const { feed, asked, answer, refuse } = create();
    feed.want([ref(1), ref(2), ref(3), ref(4)]);
    feed.want([ref(1), ref(5)]);
    await answer(1, 10);
    await refuse(2);
    await answer(5, 10);
    feed.want([ref(1), ref(2), ref(5)]);
    expect(asked).toEqual([1, 2, 5]);
    feed.stop();
  });
});
