import { describe, expect, it } from 'vitest';
import { mainGraph, type Model } from '../../../../src/onnx/model';
import { readFloats, readInts } from '../../../../src/onnx/tensor';
import { createSession } from '../../../../src/runtime/session';
import { quantizedTraining, type QuantizedTraining } from '../../../../src/recipe/train/qat/quantizedTraining';
import { trainLoop, startState } from '../../../../src/train/loop/trainLoop';
import { writeVector } from '../../../../src/train/step/weightVector';
import { cloneModel } from '../../../../src/onnx/model';
import type { QatSettings } from '../../../../src/protocol';
import { stripes, tinyNetwork, tinyTraining } from '../../train/tinyTraining';

const DATA = stripes(60);

function prepare(settings: QatSettings = {}): Promise<QuantizedTraining> {
  return quantizedTraining(tinyNetwork(), DATA.samples({ end: 48 }), settings);
}

async function answers(model: Model, start = 0): Promise<number[]> {
  const session = await createSession(model, { optimization: 'disabled', threads: 1 });
  const found: number[] = [];
  for await (const { inputs } of DATA.samples({ start })) {
    found.push(...((await session.run(inputs))['logits']?.data as Float32Array));
  }
  await session.release();
  return found;
}

function accuracy(logits: readonly number[], start: number): number {
  const rows = Array.from({ length: logits.length / 3 }, (_, i) => logits.slice(3 * i, 3 * i + 3));
  return rows.filter((row, i) => row.indexOf(Math.max(...row)) === (start + i) % 3).length / rows.length;
}

function farthest(a: readonly number[], b: readonly number[]): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

function storedWeights(model: Model): number[][] {
  return mainGraph(model)
    .initializer.filter(({ dataType, dims }) => dataType === 3 && dims.length > 1)
    .map((tensor) => readInts(model, tensor));
}

async function trained(settings: QatSettings, learningRate = 0.02) {
  const prepared = await prepare(settings);
  const tiny = await tinyTraining({
    student: prepared.student,
    trainable: prepared.trainable,
    epochs: 6,
    learningRate,
  });
  const { state } = await trainLoop(tiny.options, await startState(tiny.options, tiny.graphs.start));
  await tiny.release();
  const student = cloneModel(prepared.student);
  writeVector(student, tiny.graphs.weights, state.best.weights);
  return { prepared, state, student, model: prepared.export(student) };
}

describe('quantization-aware training', () => {
  it.each([{}, { weightBits: 4 }] as const)('begins as the quantized model, with %o', async (settings) => {
    const { student, export: store } = await prepare(settings);
    expect(farthest(await answers(store(student)), await answers(student))).toBeLessThan(1e-4);
  });

  it.each([{ weightBits: 4 }, { weightBits: 4, learnScales: true }, {}] as const)(
    'exports what it evaluated, with %o',
    async (settings) => {
      const { state, student, model } = await trained(settings);
      const [fake, real] = [await answers(student, 48), await answers(model, 48)];
      // A value near the middle of two levels may fall to either side, since biases are on a grid of their own.
      expect(farthest(fake, real)).toBeLessThan(0.02);
      expect(accuracy(real, 48)).toBe(state.best.figures.accuracy);
      expect(state.best.figures.loss).toBeLessThan(state.start.loss);
    },
  );

  it('keeps weights on fifteen levels', async () => {
    const { model } = await trained({ weightBits: 4 });
    const levels = storedWeights(model).flat();
    expect([...new Set(levels)].sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, i) => i - 7));
  });

  it('moves scales only when they are learned', async () => {
    const scalesOf = ({ prepared, model }: Awaited<ReturnType<typeof trained>>): boolean[] =>
      mainGraph(model).initializer.flatMap((tensor) => {
        const before = mainGraph(prepared.student).initializer.find(({ name }) => name === tensor.name);
        if (!/weight.*_scale$|_scale$/.test(tensor.name) || tensor.dims.length !== 1 || !before) return [];
        const values = readFloats(prepared.student, before);
        return [readFloats(model, tensor).some((value, i) => value !== values[i])];
      });
    expect(scalesOf(await trained({ weightBits: 4 })).every((moved) => !moved)).toBe(true);
    expect(scalesOf(await trained({ weightBits: 4, learnScales: true })).some((moved) => moved)).toBe(true);
  });
});
