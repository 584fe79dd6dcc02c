import { describe, expect, it } from 'vitest';
import type { PrunePreview } from '../../../src/protocol';
import { amountItems, readShare } from '../../../src/host/flow/pruneAmountStep';
import { methodText, PRUNE_METHODS, pruneSettings } from '../../../src/host/flow/pruneMethods';

const preview: PrunePreview = {
  macs: 1000,
  sizeBytes: 400_000,
  rows: [{ amount: 0.3, macs: 500, sizeBytes: 220_000, speedup: 1.823 }],
  groups: [{ group: 'conv1', units: 32 }],
};

describe('the amounts of a pruning', () => {
  it('say what is expected of each, where the engine can tell', () => {
    const items = amountItems('channel', preview, []);
    expect(items.map(({ label, detail }) => [label, detail])).toEqual([
      ['10 %', undefined],
      ['30 %', '50 % of the multiply-accumulates, 220 KB, about 1.82× as fast here'],
      ['50 %', undefined],
      ['70 %', undefined],
      ['$(edit) Another amount…', undefined],
      ['$(lock) Protect layers…', 'layers that keep all their channels'],
    ]);
  });

  it('are offered bare without a preview, and then no layers can be chosen', () => {
    const items = amountItems('magnitude', undefined, []);
    expect(items.map(({ value }) => value)).toEqual([0.1, 0.3, 0.5, 0.7, 'other']);
    expect(items.find(({ description }) => description !== undefined)?.value).toBe(0.5);
  });

  it('can be typed in percent', () => {
    expect(['40', ' 12.5 %', '12,5', '1', '95'].map(readShare)).toEqual([0.4, 0.125, 0.125, 0.01, 0.95]);
    expect(['0', '96', '-3', 'half', '', '1e1'].map(readShare)).toEqual(Array(6).fill(undefined));
  });
});

describe('the settings of a pruning', () => {
  it('have an amount and protected layers only where there are any', () => {
    expect(pruneSettings('channel', 0.3, ['head'])).toEqual({ method: 'channel', amount: 0.3, protect: ['head'] });
    expect(pruneSettings('nm', 0.3, [])).toEqual({ method: 'nm' });
  });

  it('are offered with the truth about speed for every kind of mask', () => {
    const texts = PRUNE_METHODS.map((method) => [method, methodText(method).description] as const);
    const masks = texts.filter(([method]) => ['nm', 'magnitude', 'block'].includes(method));
    expect(masks.filter(([, text]) => !text.includes('no faster'))).toEqual([]);
    expect(new Set(texts.map(([, text]) => text)).size).toBe(PRUNE_METHODS.length);
  });
});
