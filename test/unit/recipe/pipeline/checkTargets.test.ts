import { describe, expect, it } from 'vitest';
import { checkTargets, type TargetFigures } from '../../../../src/recipe/pipeline/checkTargets';

const spread = (median: number) => ({ median, low: median, high: median });
const proportion = (value: number) => ({ value, low: value, high: value, count: 1000 });

const FIGURES: TargetFigures = {
  before: { path: 'a.onnx', sizeBytes: 1000, parameterCount: 250 },
  after: { path: 'b.onnx', sizeBytes: 260, parameterCount: 250 },
  data: { description: '', synthetic: false, skipped: [], notes: [] },
  comparison: {
    samples: 1000,
    batchSize: 1,
    accuracy: { before: proportion(0.9), after: proportion(0.882), changePoints: -1.8 },
    agreement: proportion(0.95),
    fidelity: [],
    nonFinite: { before: 0, after: 0 },
  },
  latency: { beforeMs: spread(8), afterMs: spread(2), speedup: spread(4), pairs: 9, threads: 1, batchSize: 1 },
};

function check(
  targets: Parameters<typeof checkTargets>[0],
  figures = FIGURES,
): [string, boolean, number | undefined][] {
  return checkTargets(targets, figures).map(({ key, isMet, found }) => [
    key,
    isMet,
    found === undefined ? undefined : Number(found.toFixed(6)),
  ]);
}

describe('checkTargets', () => {
  it('holds every figure against its target', () => {
    expect(
      check({
        accuracy: { atLeast: 0.88, lossPointsAtMost: 1.5, lossPercentAtMost: 2 },
        agreement: { atLeast: 0.96 },
        size: { bytesAtMost: 260, ratioAtMost: 0.25 },
        latency: { msAtMost: 1.9, ratioAtMost: 0.25 },
      }),
    ).toEqual([
      ['accuracy.atLeast', true, 0.882],
      ['accuracy.lossPointsAtMost', false, 1.8],
      ['accuracy.lossPercentAtMost', true, 2],
      ['agreement.atLeast', false, 0.95],
      ['size.bytesAtMost', true, 260],
      ['size.ratioAtMost', false, 0.26],
      ['latency.msAtMost', false, 2],
      ['latency.ratioAtMost', true, 0.25],
    ]);
  });

  it('misses an accuracy that nothing is known of, on generated inputs too', () => {
    const { accuracy: _accuracy, ...unlabelled } = FIGURES.comparison;
    const targets = { accuracy: { lossPointsAtMost: 50 } };
    expect(check(targets, { ...FIGURES, comparison: unlabelled })).toEqual([
      ['accuracy.lossPointsAtMost', false, undefined],
    ]);
    const data = { ...FIGURES.data, synthetic: true };
    const [result] = checkTargets(targets, { ...FIGURES, data });
    expect(result).toMatchObject({ isMet: false, message: expect.stringContaining('no labels') });
  });

  it('misses an agreement on generated inputs', () => {
    const data = { ...FIGURES.data, synthetic: true };
    const [result] = checkTargets({ agreement: { atLeast: 0.9 } }, { ...FIGURES, data });
    expect(result).toMatchObject({ isMet: false, message: expect.stringContaining('generated') });
    expect(result?.found).toBeUndefined();
  });

  it('takes the first metric of the dataset file where there is no accuracy', () => {
    const { accuracy: _accuracy, ...rest } = FIGURES.comparison;
    const metric = (value: number) => ({ name: 'mIoU', figure: { value, count: 10 } });
    const metrics = [{ name: 'mIoU', before: metric(0.5), after: metric(0.4) }];
    expect(check({ accuracy: { atLeast: 0.45 } }, { ...FIGURES, comparison: { ...rest, metrics } })).toEqual([
      ['accuracy.atLeast', false, 0.4],
    ]);
  });

  it('has nothing to say without targets', () => {
    expect(check({})).toEqual([]);
  });
});
