import { describe, expect, it } from 'vitest';
import type { PortabilityResult } from '../../../src/protocol';
import { adviseOnDistillation, adviseOnFusion, adviseOnPruning } from '../../../src/recipe/advise';

describe('adviseOnPruning', () => {
  const figures = { before: 0.92, pruned: 0.61, epochs: 3, amount: 0.5 };

  it('tells a model that does not recover to go in smaller steps', () => {
    const [advice, ...others] = adviseOnPruning({ ...figures, recovered: 0.9 });
    expect(others).toEqual([]);
    expect(advice).toMatchObject({
      code: 'not-recovered',
      actions: [
        { kind: 'run', command: 'prune' },
        { kind: 'run', command: 'train' },
      ],
    });
    expect(advice?.figures['missingPoints']).toBeCloseTo(2);
    expect(advice?.message).toContain('2.00 points are still missing after 3 epochs, out of 31.00');
  });

  it('leaves one that has recovered alone', () => {
    expect(adviseOnPruning({ ...figures, recovered: 0.915 })).toEqual([]);
  });
});

describe('adviseOnDistillation', () => {
  const settings = { temperature: 1, labelWeight: 0.1 };

  it.each([
    ['falls', [4, 3, 2.5, 2.2, 2.1, 2.0], false],
    ['falls with a little noise', [4, 3, 3.1, 2.5, 2.6, 2.2, 2.3, 2.0], false],
    ['is lost', [4, 3, NaN], true],
    ['grows again', [4, 2, 1, 1.2, 1.4, 1.8], true],
    ['swings', [4, 6, 3, 5, 2.5, 4, 2.4], true],
    ['is too short to judge', [1, 4], false],
  ])('judges a loss that %s', (_, losses, isUnstable) => {
    const codes = adviseOnDistillation({ losses, ...settings }).map(({ code }) => code);
    expect(codes).toEqual(isUnstable ? ['unstable-distillation'] : []);
  });

  it('says which settings to change', () => {
    const [advice] = adviseOnDistillation({ losses: [1, Infinity], ...settings });
    expect(advice?.message).toContain('temperature (now 1)');
    expect(advice?.figures).toMatchObject({ lost: 1, temperature: 1, labelWeight: 0.1 });
  });
});

describe('adviseOnFusion', () => {
  it('gathers the layers that run in float into one action', () => {
    const nodes = ['a', 'b'].map((node) => ({
      node,
      opType: 'Conv',
      verdict: 'float' as const,
      action: { kind: 'exclude' as const, nodes: [node] },
    }));
    expect(adviseOnFusion({ quantized: true, nodes, conversions: 7 })).toEqual([
      {
        code: 'float-islands',
        message:
          '2 quantized layers run in float, with 7 conversions in the whole graph. Leave them out of quantization.',
        figures: { layers: 2, conversions: 7 },
        actions: [{ kind: 'exclude', nodes: ['a', 'b'] }],
      },
    ]);
    expect(adviseOnFusion({ quantized: false, nodes, conversions: 0 })).toEqual([]);
  });

  it('hands on what makes a model portable', () => {
    const action = { kind: 'layers' as const, layers: { a: { reduceRange: true } } };
    const portability = {
      verdict: { code: 'saturates', message: 'Sums saturate.', values: {} },
      layers: [
        { verdict: 'saturates', saturated: 5 },
        { verdict: 'exact', saturated: 0 },
      ],
      action,
    } as unknown as PortabilityResult; // only the fields that the advice looks at
    expect(adviseOnFusion({ quantized: true, nodes: [], conversions: 0, portability })).toEqual([
      { code: 'saturates', message: 'Sums saturate.', figures: { layers: 1, saturated: 5 }, actions: [action] },
    ]);
  });
});
