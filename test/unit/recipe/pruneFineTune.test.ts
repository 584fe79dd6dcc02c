import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseReport } from '../../../src/host/panels/reportSchema';
import { mainGraph } from '../../../src/onnx/model';
import { readFloats } from '../../../src/onnx/tensor';
import { maskedTensors } from '../../../src/prune/masks/maskMetadata';
import type { PruneParams, PruneSettings } from '../../../src/protocol';
import { pruneModel } from '../../../src/recipe/pruneModel';
import { trainModel } from '../../../src/recipe/trainModel';
import type { TrainContext } from '../../../src/recipe/train/runTraining';
import { openModel } from '../../../src/runtime/modelFile';
import { bundleTrainWorker } from '../../fixtures/bundle';

let folder: string;
let context: TrainContext;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-finetune-'));
  cpSync(join(__dirname, '../../../media/sample'), folder, { recursive: true });
  const workers = bundleTrainWorker();
  const workerPath = join(workers, 'trainWorker.js');
  const { signal } = new AbortController();
  context = { onProgress: () => undefined, signal, log: () => undefined, latencySeconds: 0.2, workerPath };
  return () => rmSync(workers, { recursive: true, force: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function params(settings: PruneSettings, rest: Partial<PruneParams> = {}): PruneParams {
  const data = join(folder, 'digits-calibration.dataset.json');
  const evaluationData = join(folder, 'digits-evaluation.dataset.json');
  return { model: join(folder, 'digits.onnx'), threads: 1, data, evaluationData, settings, ...rest };
}

/** For each masked tensor, where it is zero. */
function zeros(path: string): Map<string, boolean[]> {
  const file = openModel(path);
  const names = maskedTensors(file.model);
  const found = new Map(
    mainGraph(file.model)
      .initializer.filter(({ name }) => names.has(name))
      .map((tensor) => [tensor.name, [...readFloats(file.model, tensor)].map((value) => value === 0)]),
  );
  file.close();
  return found;
}

function operators(path: string): string[] {
  const file = openModel(path);
  const found = mainGraph(file.model).node.map(({ opType }) => opType);
  file.close();
  return found;
}

describe('pruning with training between the steps', () => {
  it('gives accuracy back, keeps the sparsity that was asked for, and a later training keeps the zeros', async () => {
    const sparse = { method: 'magnitude', amount: 0.65, steps: 2, recalibrate: false } as const;
    const alone = await pruneModel(params(sparse), context);
    const { report, reportPath, outputPath } = await pruneModel(
      params({ ...sparse, finetune: { epochs: 3, teacher: 'original' } }),
      context,
    );
    expect(report.finetuned?.map(({ step, history }) => [step, history.length])).toEqual([
      [1, 3],
      [2, 3],
    ]);
    expect(parseReport(readFileSync(reportPath, 'utf8'), reportPath)).toEqual(JSON.parse(JSON.stringify(report)));
    expect(report.finetuned?.every(({ start, best }) => (best.accuracy ?? 0) >= (start.accuracy ?? 1))).toBe(true);
    expect(report.sparsity?.sparsity).toBeCloseTo(0.65, 3);
    expect(report.accuracy!.after.value).toBeGreaterThan(alone.report.accuracy!.after.value);
    expect(operators(outputPath)).toEqual(operators(alone.outputPath));
    const before = zeros(outputPath);
    const masked = [...before.values()].flat();
    expect(masked.filter(Boolean).length / masked.length).toBeCloseTo(0.65, 3);
    const { data } = params(sparse);
    const again = await trainModel(
      { model: outputPath, ...(data === undefined ? {} : { data }), settings: { epochs: 1 } },
      context,
    );
    expect(again.report.bestEpoch).toBe(1);
    for (const [name, flags] of zeros(again.outputPath)) {
      expect(flags.filter((isZero, i) => before.get(name)?.[i] === true && !isZero)).toEqual([]);
    }
  }, 60_000);

  it('trains the smaller model that channel pruning leaves, or refuses since it would be slower', async () => {
    const run = pruneModel(
      params({ method: 'channel', layers: {}, amount: 0.5, steps: 2, finetune: { epochs: 2 } }),
      context,
    );
    const result = await run.catch((error: unknown) => error);
    // What is faster is measured, so that both answers are right.
    if (result instanceof Error) return expect(result).toMatchObject({ code: 'nothing-to-prune' });
    const { report } = result as Awaited<typeof run>;
    expect(report.parameters.after).toBeLessThan(report.parameters.before);
    expect(report.finetuned?.at(-1)).toMatchObject({ step: 2 });
    // Weights are chosen by accuracy, whatever the loss says.
    const last = report.finetuned?.at(-1);
    expect(last?.best.accuracy).toBeGreaterThanOrEqual(last?.start.accuracy ?? 1);
  }, 60_000);

  it('refuses to train on the samples that measure', async () => {
    const { evaluationData: _left, ...rest } = params({ method: 'magnitude', finetune: {} });
    await expect(pruneModel(rest, context)).rejects.toMatchObject({ code: 'no-data' });
  });
});
