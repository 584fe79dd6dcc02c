import { describe, expect, it } from 'vitest';
import { buildChannels } from '../../../../webview/graph/inspector/channelModel';

describe('buildChannels', () => {
  const channels = { axis: 0, minimum: [-1, -0.1, 0], maximum: [1, 0.2, 0], zeroShare: [0, 0.5, 1] };

  it('finds the widest, the narrowest and the pruned channels', () => {
    expect(buildChannels(channels, undefined)).toEqual({
      strokes: [
        { first: 0, last: 0, minimum: -1, maximum: 1 },
        { first: 1, last: 1, minimum: -0.1, maximum: 0.2 },
        { first: 2, last: 2, minimum: 0, maximum: 0 },
      ],
      count: 3,
      domain: [-1, 1],
      widest: 0,
      narrowest: 2,
      pruned: 1,
    });
  });

  it('gives every channel the limits of its own scale, or of the one scale', () => {
    const grid = { dataType: 'int8', zeroPoints: [0, 0, 0], integerRange: [-100, 100] as const };
    const limits = (scales: readonly number[], axis: number): unknown[] =>
      buildChannels(channels, { ...grid, scales, axis }).strokes.map((stroke) => stroke.limits);
    expect(limits([1, 2, 3], 0)).toEqual([
      [-100, 100],
      [-200, 200],
      [-300, 300],
    ]);
    expect(limits([2], 0)).toEqual([
      [-200, 200],
      [-200, 200],
      [-200, 200],
    ]);
    expect(limits([1, 2, 3], 1)).toEqual([undefined, undefined, undefined]);
  });

  it('joins neighbours of thousands of channels and loses none', () => {
    const minimum = Array.from({ length: 1000 }, (_, index) => -index);
    const model = buildChannels(
      { axis: 0, minimum, maximum: minimum.map((value) => -value), zeroShare: [] },
      undefined,
    );
    expect(model.strokes.length).toBe(143);
    expect(model.strokes.at(-1)).toEqual({ first: 994, last: 999, minimum: -999, maximum: 999 });
  });
});
