import { describe, expect, it } from 'vitest';
import { correlationLoss, softTargetLoss } from '../../../../src/train/losses/answers';
import { attentionLoss, hintLoss, similarityLoss } from '../../../../src/train/losses/features';
import { meanOf } from '../../../../src/train/losses/pieces';
import { relationalLoss } from '../../../../src/train/losses/relational';
import { taskLoss } from '../../../../src/train/losses/taskLoss';
import { sampleValues } from '../../../fixtures/buildModel';
import { gradientError, type Fed } from './runLoss';

/** Float32 losses and central differences of 0.01 agree to about this, relative to the largest gradient. */
const TOLERANCE = 5e-3;

const answers = {
  student: { dims: [4, 3], values: sampleValues(12, 11).map((v) => 2 * v) },
  teacher: { dims: [4, 3], values: sampleValues(12, 12).map((v) => 2 * v) },
};
const features = {
  student: { dims: [3, 4, 2, 2], values: sampleValues(48, 13) },
  teacher: { dims: [3, 4, 2, 2], values: sampleValues(48, 14) },
};

describe('the gradient of a loss agrees with finite differences', () => {
  it.each(['cross-entropy', 'mse', 'l1', 'bce'] as const)('of %s', async (loss) => {
    const target: Fed = { dims: [4, 3], values: [0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0] };
    const { error } = await gradientError({ prediction: answers.student, target }, 'prediction', (writer, tensors) =>
      meanOf(writer, { name: taskLoss(writer, loss, tensors, 0.1), dims: [4] }),
    );
    expect(error).toBeLessThan(TOLERANCE);
  });

  it('of soft targets and correlations', async () => {
    for (const build of [softTargetLoss, correlationLoss]) {
      const { error } = await gradientError(answers, 'student', (writer, t) => build(writer, { ...t, temperature: 2 }));
      expect(error).toBeLessThan(TOLERANCE);
    }
  });

  it.each([
    ['attention', attentionLoss],
    ['similarity', similarityLoss],
    ['relational', relationalLoss],
  ] as const)('of %s', async (_name, build) => {
    const { error, size } = await gradientError(features, 'student', build);
    expect(error).toBeLessThan(TOLERANCE);
    expect(size).toBeGreaterThan(1e-3);
  });

  it('of hints, for the student and for the projection', async () => {
    const projection: Fed = { dims: [4, 4, 1, 1], values: sampleValues(16, 15) };
    for (const wrt of ['student', 'projection'] as const) {
      const { error } = await gradientError({ ...features, projection }, wrt, (writer, { projection: p, ...pair }) =>
        hintLoss(writer, pair, p.name),
      );
      expect(error).toBeLessThan(TOLERANCE);
    }
  });
});
