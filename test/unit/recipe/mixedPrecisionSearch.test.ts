import { describe, expect, it } from 'vitest';
import type { LayerSensitivity, MixedCandidate, Remedy } from '../../../src/protocol';
import { searchMixed, type MixedConfig, type SearchProblem } from '../../../src/recipe/mixedPrecisionSearch';

interface FakeLayer {
  /** Points that it costs in int8. */
  readonly cost: number;
  readonly macs: number;
  /** Points that scales per channel save. */
  readonly saved?: number;
}

interface FakeOptions {
  readonly remedies?: readonly Remedy[];
  readonly isPerTensor?: boolean;
  /** Models that there is time for. */
  readonly evaluations?: number;
  /** Points that methods cost besides. */
  readonly calibrations?: Readonly<Record<string, number>>;
  readonly maxDropPoints?: number;
}

/** A model whose losses add up, layer by layer. */
function problem(
  layers: readonly FakeLayer[],
  options: FakeOptions = {},
): SearchProblem & { readonly measured: MixedConfig[] } {
  const measured: MixedConfig[] = [];
  const names = layers.map((_, i) => `layer${i}`);
  const allMacs = layers.reduce((sum, { macs }) => sum + macs, 0);
  const drop = ({ float, perChannel, calibration }: MixedConfig): number =>
    layers.reduce((sum, { cost, saved = 0 }, i) => {
      if (float.has(names[i]!)) return sum;
      return sum + (perChannel.has(names[i]!) ? cost - saved : cost);
    }, options.calibrations?.[calibration] ?? 0);
  return {
    measured,
    layers: names,
    maxDropPoints: options.maxDropPoints ?? 1,
    remedies: new Set(options.remedies ?? ['calibration', 'per-channel', 'float']),
    calibration: 'mse',
    isPerTensor: options.isPerTensor ?? false,
    hasTimeFor: () => measured.length < (options.evaluations ?? Infinity),
    measure: async (config) => {
      measured.push(config);
      const { float, perChannel, calibration } = config;
      if (float.size === layers.length) return undefined;
      const macs = layers.reduce((sum, layer, i) => sum + (float.has(names[i]!) ? layer.macs : 0), 0);
      return {
        float: [...float],
        perChannel: [...perChannel],
        calibration,
        floatMacShare: macs / allMacs,
        sizeBytes: 1000 + macs,
        score: 0.9 - drop(config) / 100,
        dropPoints: drop(config),
        divergence: drop(config),
      } satisfies MixedCandidate;
    },
    glance: async (config) => drop(config),
    rank: async () =>
      layers
        .map(({ cost, macs }, i): LayerSensitivity => {
          const alone = { divergence: cost, changed: 0, rows: 64 };
          return { node: names[i]!, opType: 'Conv', macs, macShare: macs / allMacs, alone };
        })
        .sort((a, b) => b.alone.divergence - a.alone.divergence),
  };
}

const QUIET: FakeLayer = { cost: 0.01, macs: 10 };

describe('searchMixed', () => {
  it('ends at once when nothing has to be done', async () => {
    const given = problem([QUIET, QUIET]);
    expect(await searchMixed(given)).toMatchObject({ stop: 'nothing-to-do', best: { candidate: { float: [] } } });
    expect(given.measured).toHaveLength(1);
  });

  it('keeps exactly the guilty layers in float, whatever they cost', async () => {
    const layers = [QUIET, { cost: 5, macs: 1 }, QUIET, QUIET, { cost: 3, macs: 40 }, QUIET, QUIET];
    const { best, stop } = await searchMixed(problem(layers));
    expect({ stop, float: best.candidate.float.toSorted() }).toEqual({
      stop: 'smallest-found',
      float: ['layer1', 'layer4'],
    });
  });

  it('takes a loss that rounding makes larger than allowed for what it is', async () => {
    const { stop } = await searchMixed(
      problem([
        { cost: (0.552 - 0.542) * 100, macs: 1 },
        { cost: 0, macs: 1 },
      ]),
    );
    expect(stop).toBe('nothing-to-do');
  });

  it('prefers many cheap layers to a costly one', async () => {
    const layers = [{ cost: 1.5, macs: 100 }, ...Array.from({ length: 6 }, () => ({ cost: 0.25, macs: 1 }))];
    const { best } = await searchMixed(problem(layers, { maxDropPoints: 1.5 }));
    expect(best.candidate.float).toHaveLength(6);
    expect(best.candidate.float).not.toContain('layer0');
  });

  it('puts several cheaper layers in the place of one that was taken for its sensitivity', async () => {
    // Together with the first, the costly layer suffices, and so do the three cheap ones, which rank behind it.
    const cheap = { cost: 0.5, macs: 8 };
    const layers = [{ cost: 5, macs: 1 }, { cost: 2, macs: 30 }, cheap, cheap, cheap, QUIET];
    const { best } = await searchMixed(problem(layers, { maxDropPoints: 2.1 }));
    expect(best.candidate.float.toSorted()).toEqual(['layer0', 'layer2', 'layer3', 'layer4']);
  });

  it('takes another calibration where that suffices', async () => {
    const calibrations = { mse: 4, entropy: 0.2, percentile: 2, minmax: 3 };
    const { best, stop } = await searchMixed(problem([QUIET, QUIET], { calibrations }));
    expect(best.candidate).toMatchObject({ calibration: 'entropy', float: [] });
    expect(stop).toBe('smallest-found');
  });

  it('takes scales per channel for the layers that need them, and float only beyond', async () => {
    const layers = [QUIET, { cost: 5, macs: 30, saved: 4.95 }, QUIET, { cost: 4, macs: 30, saved: 3.95 }, QUIET];
    const { best } = await searchMixed(problem(layers, { isPerTensor: true }));
    expect(best.candidate.perChannel.toSorted()).toEqual(['layer1', 'layer3']);
    expect(best.candidate.float).toEqual([]);
    const hard = await searchMixed(problem([QUIET, { cost: 5, macs: 30, saved: 1 }, QUIET], { isPerTensor: true }));
    expect(hard.best.candidate.float).toEqual(['layer1']);
    const refused = await searchMixed(problem(layers, { isPerTensor: true, remedies: ['float'] }));
    expect(refused.best.candidate).toMatchObject({ perChannel: [], float: ['layer1', 'layer3'] });
  });

  it('gives the best model seen when the goal cannot be met', async () => {
    const calibrations = { minmax: -1, entropy: 1 };
    const given = problem([{ cost: 5, macs: 1 }, QUIET], { remedies: ['calibration'], calibrations });
    const { best, stop } = await searchMixed(given);
    expect(stop).toBe('goal-not-met');
    expect(best.candidate.calibration).toBe('minmax');
  });

  it.each([0, 1, 3])('gives the best model seen when time is up after %d models', async (evaluations) => {
    const layers = Array.from({ length: 12 }, (_, i) => ({ cost: i / 2, macs: 1 }));
    const { best, stop, tried } = await searchMixed(problem(layers, { evaluations }));
    expect(stop).toBe('time');
    expect(tried).toHaveLength(Math.max(1, evaluations));
    expect(best.candidate.score).toBe(Math.max(...tried.map(({ candidate }) => candidate.score)));
  });
});
