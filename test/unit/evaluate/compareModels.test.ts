import { describe, expect, it } from 'vitest';
import { comparePair } from '../../../src/evaluate/compareModels';
import { evaluateModel } from '../../../src/evaluate/evaluateModel';
import { makeNode } from '../../../src/onnx/attributes';
import type { TensorMap, TensorValue } from '../../../src/onnx/tensorValue';
import type { TaskMeter } from '../../../src/evaluate/taskMeter';
import { createSession } from '../../../src/runtime/session';
import { CancelledError } from '../../../src/util/pressError';
import { createRandom } from '../../../src/util/random';
import { mcnemarPValue, proportionOf } from '../../../src/util/stats';
import { buildModel, sampleValues } from '../../fixtures/buildModel';
import { floatInfo, rowModel, rowSample, stream } from './fakes';

const random = createRandom(9);
const rows = Array.from({ length: 70 }, () => [random.normal(), random.normal(), random.normal()]);
const labelled = rows.map((row, i) => rowSample(row, random.int(3), `sample ${i}`));
const argmax = (row: readonly number[]): number => row.indexOf(Math.max(...row));
const identity = (row: readonly number[]): readonly number[] => row;
const rotate = (row: readonly number[]): readonly number[] =>
  (row[0] ?? 0) > 0 ? row : [row[1] ?? 0, row[2] ?? 0, row[0] ?? 0];

describe('comparePair', () => {
  it('counts as a plain loop does', async () => {
    const result = await comparePair(rowModel(identity), rowModel(rotate), stream(labelled));
    const rightBefore = labelled.map(({ label }, i) => argmax(rows[i] ?? []) === label);
    const rightAfter = labelled.map(({ label }, i) => argmax(rotate(rows[i] ?? [])) === label);
    const count = (a: boolean, b: boolean): number =>
      rows.filter((_, i) => rightBefore[i] === a && rightAfter[i] === b).length;
    const agreeing = rows.filter((row) => argmax(row) === argmax(rotate(row))).length;
    expect(result).toMatchObject({
      samples: 70,
      classOutput: 'scores',
      agreement: proportionOf(agreeing, 70),
      accuracy: {
        before: proportionOf(rightBefore.filter(Boolean).length, 70),
        after: proportionOf(rightAfter.filter(Boolean).length, 70),
      },
      flips: {
        bothRight: count(true, true),
        onlyBefore: count(true, false),
        onlyAfter: count(false, true),
        bothWrong: count(false, false),
        pValue: mcnemarPValue(count(true, false), count(false, true)),
      },
      nonFinite: { before: 0, after: 0 },
    });
    expect(result.accuracy?.top5Before).toBeUndefined();
  });

  it('says which samples changed class, from what to what', async () => {
    const before = rowModel(([a = 0]) => (a === 1 ? [0, 2, 1] : [3, 0, 0]));
    const after = rowModel(([a = 0]) => (a === 1 ? [0, 1, 2] : [3, 0, 0]));
    const samples = [
      rowSample([0], 0, 'a.png'),
      { ...rowSample([1], 1, 'b.png'), index: 17 },
      rowSample([1], 2, 'c.png'),
    ];
    const { classFlips, divergence } = await comparePair(before, after, stream(samples), {
      classNames: ['cat', 'dog'],
    });
    const e = Math.exp;
    const total = e(0) + e(1) + e(2);
    const likely = [e(2) / total, e(1) / total, e(0) / total];
    expect(classFlips).toMatchObject({
      samples: 3,
      total: 2,
      moves: [{ from: 1, to: 2, fromName: 'dog', count: 2, lost: 1, won: 1 }],
      list: [
        { index: 17, source: 'b.png', label: 1, labelName: 'dog' },
        { index: 2, source: 'c.png', label: 2 },
      ],
    });
    const [flip] = classFlips?.list ?? [];
    expect(flip?.before.map(({ label, name }) => [label, name])).toEqual([
      [1, 'dog'],
      [2, undefined],
      [0, 'cat'],
    ]);
    expect(flip?.after.map(({ label }) => label)).toEqual([2, 1, 0]);
    flip?.before.forEach(({ probability }, i) => expect(probability).toBeCloseTo(likely[i] ?? -1, 6));
    // Two of three samples swap the logarithms 2 and 1, which differ by one.
    expect(divergence?.value).toBeCloseTo(((likely[0] ?? 0) - (likely[1] ?? 0)) * (2 / 3), 6);
    expect(divergence?.count).toBe(3);
  });

  it('hands the outputs of both models to a meter under the names of the first', async () => {
    const seen: string[][] = [];
    const meter: TaskMeter = {
      add: async (_samples, outputs) => void seen.push(outputs.flatMap((map) => Object.keys(map))),
      finish: async () => [
        {
          models: [0.4, 0.5].map((value) => ({ name: 'mAP', figure: { value, count: 2 } })),
          change: { value: 0.1, low: 0, high: 0.2, count: 2 },
        },
      ],
      dispose: async () => undefined,
    };
    const renamed = rowModel(identity);
    const other = { ...renamed, outputs: [floatInfo('prob', ['N', 3])] };
    const run = async (feeds: TensorMap): Promise<TensorMap> => ({
      prob: (await renamed.run(feeds))['scores'] as TensorValue,
    });
    const samples = stream(labelled.slice(0, 2));
    const { metrics } = await comparePair(renamed, { ...other, run }, samples, { meters: [meter] });
    expect(seen).toEqual([['scores', 'scores']]);
    expect(metrics).toMatchObject([
      { name: 'mAP', before: { figure: { value: 0.4 } }, after: { figure: { value: 0.5 } }, change: { value: 0.1 } },
    ]);
  });

  it('gives the same figures whatever the batch', async () => {
    const results = [];
    for (const batchSize of [1, 7, 32]) {
      const result = await comparePair(rowModel(identity), rowModel(rotate), stream(labelled), { batchSize });
      expect(result.batchSize).toBe(batchSize);
      results.push({ ...result, batchSize: 0 });
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('fills a fixed batch and does not count the filling', async () => {
    const before = rowModel(identity, { batch: 4 });
    const result = await comparePair(before, rowModel(rotate, { batch: 4 }), stream(labelled.slice(0, 10)));
    const single = await comparePair(rowModel(identity), rowModel(rotate), stream(labelled.slice(0, 10)));
    expect(before.batches).toEqual([4, 4, 4]);
    expect({ ...result, batchSize: 0 }).toEqual({ ...single, batchSize: 0 });
  });

  it('runs one by one where a dynamic batch does not work, and where the other model takes one', async () => {
    const broken = rowModel(rotate, { maxBatch: 1 });
    await comparePair(rowModel(identity), broken, stream(labelled.slice(0, 40)));
    expect(broken.batches).toEqual(Array(40).fill(1));
    const one = rowModel(identity, { batch: 1 });
    await comparePair(one, rowModel(identity), stream(labelled.slice(0, 3)));
    expect(one.batches).toEqual([1, 1, 1]);
  });

  it('never joins samples of different shapes', async () => {
    const model = rowModel(([a = 0]) => [a, 0, -a]);
    const samples = [[1, 2], [3, 4], [5], [6], [7, 8]].map((row) => rowSample(row));
    await comparePair(model, model, stream(samples));
    expect(model.batches).toEqual([2, 2, 2, 2, 1, 1]);
  });

  it('counts outputs that are not finite, by model', async () => {
    const broken = rowModel(([a = 0, b = 0]) => [a, b, NaN]);
    const result = await comparePair(rowModel(identity), broken, stream(labelled.slice(0, 5)));
    expect(result.nonFinite).toEqual({ before: 0, after: 5 });
  });

  it('stops at the limit, reports progress and cancels', async () => {
    const seen: number[] = [];
    const options = {
      limit: 50,
      batchSize: 20,
      total: 50,
      onProgress: ({ done }: { done: number }) => seen.push(done),
    };
    expect((await comparePair(rowModel(identity), rowModel(identity), stream(labelled), options)).samples).toBe(50);
    expect(seen).toEqual([20, 40, 50]);
    const cancelled = comparePair(rowModel(identity), rowModel(identity), stream(labelled), {
      signal: AbortSignal.abort(),
    });
    await expect(cancelled).rejects.toBeInstanceOf(CancelledError);
  });

  it('refuses a label that is no class, and says which sample', async () => {
    const model = rowModel(identity);
    await expect(comparePair(model, model, stream([rowSample([1, 2, 3], 3, 'cat.png')]))).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringContaining('cat.png has label 3, but the model has 3 classes (0 to 2)'),
    });
  });

  it('names the sample that a model cannot run', async () => {
    const model = rowModel(identity, { maxBatch: 0 });
    await expect(comparePair(model, model, stream([rowSample([1], 0, 'a.npz')]))).rejects.toMatchObject({
      code: 'model-does-not-run',
      message: expect.stringContaining('a.npz'),
    });
  });

  it('pairs inputs and outputs by position when their names differ, and refuses different inputs', async () => {
    const renamed = rowModel(identity);
    const other = {
      inputs: [{ ...floatInfo('data', ['N', 'width']), type: 'float64' as const }],
      outputs: [floatInfo('prob', ['N', 3])],
      run: async (feeds: TensorMap): Promise<TensorMap> => {
        const { dims, data } = feeds['data'] ?? { dims: [], data: [] };
        return { prob: { type: 'float32', dims, data: Float32Array.from(data as Float64Array) } };
      },
    };
    const result = await comparePair(renamed, other, stream(labelled.slice(0, 8)));
    expect(result).toMatchObject({ agreement: { value: 1 }, fidelity: [{ output: 'scores', sqnrDb: null }] });
    const image = { ...other, inputs: [floatInfo('image', [1, 3, 8, 8])] };
    await expect(comparePair(renamed, image, stream(labelled))).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('agrees with one by one on a real model with a dynamic batch', async () => {
    const model = buildModel({
      inputs: { x: ['float32', ['N', 3]] },
      outputs: { y: ['float32', ['N', 4]] },
      initializers: { w: { dims: [3, 4], values: sampleValues(12) } },
      nodes: [makeNode('MatMul', 'product', ['x', 'w'], ['y'])],
    });
    const session = await createSession(model, { threads: 1 });
    const single = await evaluateModel(session, stream(labelled), { batchSize: 1 });
    const batched = await evaluateModel(session, stream(labelled));
    await session.release();
    expect(batched).toEqual({ ...single, batchSize: 32 });
    expect(single.top1?.count).toBe(70);
  });
});

describe('evaluateModel', () => {
  it('counts by class and what is taken for what', async () => {
    const samples = [
      [1, 0, 0, 0],
      [1, 0, 0, 0],
      [0, 1, 0, 1],
      [0, 0, 1, 1],
      [0, 0, 1, 1],
    ].map(([a = 0, b = 0, c = 0, label]) => rowSample([a, b, c], label));
    const { classes } = await evaluateModel(rowModel(identity), stream(samples), {
      classNames: ['cat', 'dog', 'bird'],
    });
    expect(classes).toEqual({
      classCount: 3,
      classes: [
        { label: 0, name: 'cat', accuracy: proportionOf(2, 2) },
        { label: 1, name: 'dog', accuracy: proportionOf(1, 3) },
      ],
      confusions: [{ label: 1, predicted: 2, labelName: 'dog', predictedName: 'bird', count: 2 }],
      confusionPairs: 1,
    });
  });

  it('gives top-5 from ten classes on, and nothing without labels', async () => {
    const wide = rowModel(([a = 0]) => Array.from({ length: 12 }, (_, i) => (i === 6 ? 2 : a * -i)), { classes: 12 });
    const samples = [rowSample([1], 3), rowSample([1], 4), rowSample([1], 6)];
    const result = await evaluateModel(wide, stream(samples));
    expect([result.top1?.value, result.top5?.value]).toEqual([1 / 3, 2 / 3]);
    expect(await evaluateModel(wide, stream([rowSample([1])]))).toEqual({
      ...{ samples: 1, batchSize: 1, classOutput: 'scores', nonFinite: 0 },
    });
  });
});
