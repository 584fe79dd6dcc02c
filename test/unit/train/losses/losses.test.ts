import { describe, expect, it } from 'vitest';
import { correlationLoss, softTargetLoss } from '../../../../src/train/losses/answers';
import { attentionLoss, hintLoss, hintProjectionDims, similarityLoss } from '../../../../src/train/losses/features';
import { relationalLoss } from '../../../../src/train/losses/relational';
import { correctSamples, taskLoss } from '../../../../src/train/losses/taskLoss';
import { sampleValues } from '../../../fixtures/buildModel';
import { runLoss, type Fed } from './runLoss';

const LOGITS: Fed = { dims: [2, 3], values: [1, 2, 3, 0, 0, Math.log(2)] };
const ONE_HOT: Fed = { dims: [2, 3], values: [0, 0, 1, 1, 0, 0] };
const z = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));

describe('the loss of a task', () => {
  it('is the cross-entropy of every sample', async () => {
    const fed = { prediction: LOGITS, target: ONE_HOT };
    const losses = await runLoss(fed, (writer, tensors) => taskLoss(writer, 'cross-entropy', tensors));
    expect(near(losses)).toEqual(near([z - 3, Math.log(4)]));
  });

  it('spreads a share of the target over all classes', async () => {
    const fed = { prediction: LOGITS, target: ONE_HOT };
    const losses = await runLoss(fed, (writer, tensors) => taskLoss(writer, 'cross-entropy', tensors, 0.3));
    const uniform = [(3 * z - 6) / 3, (3 * Math.log(4) - Math.log(2)) / 3];
    expect(near(losses)).toEqual(near([0.7 * (z - 3) + 0.3 * uniform[0]!, 0.7 * Math.log(4) + 0.3 * uniform[1]!]));
  });

  it('is the mean squared or absolute error of every sample', async () => {
    const fed = { prediction: { dims: [2, 2], values: [1, 2, 3, 4] }, target: { dims: [2, 2], values: [0, 4, 3, 3] } };
    expect(await runLoss(fed, (writer, tensors) => taskLoss(writer, 'mse', tensors))).toEqual([2.5, 0.5]);
    expect(await runLoss(fed, (writer, tensors) => taskLoss(writer, 'l1', tensors))).toEqual([1.5, 0.5]);
  });

  it('is the binary cross-entropy of logits, however large', async () => {
    const fed = {
      prediction: { dims: [4, 1], values: [0.5, -2, 200, -200] },
      target: { dims: [4, 1], values: [1, 0, 0, 0] },
    };
    const losses = await runLoss(fed, (writer, tensors) => taskLoss(writer, 'bce', tensors));
    expect(near(losses)).toEqual(near([Math.log(1 + Math.exp(-0.5)), Math.log(1 + Math.exp(-2)), 200, 0]));
  });

  it('counts a sample as right when its best score is at the target', async () => {
    const fed = { prediction: LOGITS, target: ONE_HOT };
    expect(await runLoss(fed, (writer, tensors) => correctSamples(writer, tensors))).toEqual([1, 0]);
  });
});

describe('a loss over answers', () => {
  const student: Fed = { dims: [3, 4], values: sampleValues(12, 3).map((v) => 3 * v) };
  const teacher: Fed = { dims: [3, 4], values: sampleValues(12, 4).map((v) => 3 * v) };

  it('is the divergence of soft targets, as a batch mean times the squared temperature', async () => {
    const temperature = 4;
    const [loss] = await runLoss({ student, teacher }, (writer, t) => softTargetLoss(writer, { ...t, temperature }));
    const [s, t] = [rows(student), rows(teacher)].map((r) => r.map((row) => softmax(row.map((v) => v / temperature))));
    const sum = t!.flatMap((row, i) => row.map((p, j) => p * Math.log(p / s![i]![j]!))).reduce((a, b) => a + b, 0);
    expect(loss).toBeCloseTo((16 * sum) / 3, 5);
  });

  it('is one minus the correlations between and within classes', async () => {
    const [loss] = await runLoss({ student, teacher }, (writer, t) =>
      correlationLoss(writer, { ...t, temperature: 2 }),
    );
    const [s, t] = [rows(student), rows(teacher)].map((r) => r.map((row) => softmax(row.map((v) => v / 2))));
    const between = mean(s!.map((row, i) => correlation(row, t![i]!)));
    const within = mean(columns(s!).map((column, j) => correlation(column, columns(t!)[j]!)));
    expect(loss).toBeCloseTo(4 * (2 - between - within), 4);
  });

  it('is zero for equal answers', async () => {
    const fed = { student, teacher: student };
    expect((await runLoss(fed, (w, t) => softTargetLoss(w, { ...t, temperature: 3 })))[0]).toBeCloseTo(0, 6);
    expect((await runLoss(fed, (w, t) => correlationLoss(w, { ...t, temperature: 3 })))[0]).toBeCloseTo(0, 4);
  });
});

describe('a loss over features', () => {
  const student: Fed = { dims: [3, 2, 2, 2], values: sampleValues(24, 5) };
  const teacher: Fed = { dims: [3, 4, 2, 2], values: sampleValues(48, 6) };

  it('compares attention maps of unit length', async () => {
    const [loss] = await runLoss({ student, teacher }, (writer, pair) => attentionLoss(writer, pair));
    const map = ({ dims, values }: Fed): number[] =>
      [0, 1, 2].flatMap((n) => {
        const channels = dims[1]!;
        return unit(
          [0, 1, 2, 3].map((p) =>
            Array.from({ length: channels }, (_, c) => values[(n * channels + c) * 4 + p]! ** 2).reduce(
              (a, b) => a + b,
            ),
          ),
        );
      });
    expect(loss).toBeCloseTo(meanSquare(map(student), map(teacher)), 6);
  });

  it('compares which samples are alike', async () => {
    const [loss] = await runLoss({ student, teacher }, (writer, pair) => similarityLoss(writer, pair));
    const similarities = (feature: Fed): number[] => {
      const samples = rows({ dims: [3, feature.values.length / 3], values: feature.values });
      return samples.flatMap((a) => unit(samples.map((b) => dot(a, b))));
    };
    expect(loss).toBeCloseTo(meanSquare(similarities(student), similarities(teacher)), 6);
  });

  it('compares features behind a projection of channels', async () => {
    const dims = hintProjectionDims({ student: named(student), teacher: named(teacher) });
    expect(dims).toEqual([4, 2, 1, 1]);
    const projection: Fed = { dims, values: sampleValues(8, 7) };
    const [loss] = await runLoss({ student, teacher, projection }, (writer, { projection: p, ...pair }) =>
      hintLoss(writer, pair, p.name),
    );
    const projected = [0, 1, 2].flatMap((n) =>
      [0, 1, 2, 3].flatMap((c) =>
        [0, 1, 2, 3].map((p) =>
          [0, 1].reduce((sum, k) => sum + projection.values[c * 2 + k]! * student.values[(n * 2 + k) * 4 + p]!, 0),
        ),
      ),
    );
    expect(loss).toBeCloseTo(meanSquare(projected, teacher.values), 5);
  });

  it('compares distances and angles among samples', async () => {
    const flat: Fed = { dims: [3, 4], values: sampleValues(12, 8) };
    const [loss] = await runLoss({ student: flat, teacher }, (writer, pair) => relationalLoss(writer, pair));
    const embedded = rows({ dims: [12, 4], values: teacher.values }).map(mean);
    const [a, b] = [rows(flat), rows({ dims: [3, 4], values: embedded })];
    expect(loss).toBeCloseTo(25 * huber(distances(a!), distances(b!)) + 50 * huber(angles(a!), angles(b!)), 4);
  });
});

const near = (values: readonly number[]): number[] => values.map((value) => Number(value.toFixed(4)) + 0);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
const unit = (row: readonly number[]): number[] => row.map((v) => v / Math.sqrt(dot(row, row)));
const meanSquare = (a: readonly number[], b: readonly number[]): number => mean(a.map((v, i) => (v - b[i]!) ** 2));
const columns = (r: readonly (readonly number[])[]): number[][] => r[0]!.map((_, j) => r.map((row) => row[j]!));
const named = ({ dims }: Fed): { name: string; dims: readonly number[] } => ({ name: '', dims });

function rows({ dims, values }: Fed): number[][] {
  const width = dims[1]!;
  return Array.from({ length: dims[0]! }, (_, i) => values.slice(i * width, (i + 1) * width));
}

function softmax(row: readonly number[]): number[] {
  const exps = row.map(Math.exp);
  return exps.map((v) => v / exps.reduce((a, b) => a + b));
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [a.map((v) => v - mean(a)), b.map((v) => v - mean(b))];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

function huber(a: readonly number[], b: readonly number[]): number {
  return mean(a.map((v, i) => Math.abs(v - b[i]!)).map((d) => (d < 1 ? 0.5 * d * d : d - 0.5)));
}

function distances(samples: readonly (readonly number[])[]): number[] {
  const all = samples.flatMap((a) => samples.map((b) => Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0))));
  const scale = mean(all.filter((_, i) => i % (samples.length + 1) !== 0));
  return all.map((v) => v / scale);
}

function angles(samples: readonly (readonly number[])[]): number[] {
  const between = (a: readonly number[], b: readonly number[]): number[] => {
    const difference = a.map((v, i) => v - b[i]!);
    return difference.every((v) => v === 0) ? difference : unit(difference);
  };
  return samples.flatMap((at) => samples.flatMap((j) => samples.map((k) => dot(between(j, at), between(k, at)))));
}
