import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mainGraph } from '../../../../src/onnx/model';
import type { TrainContext } from '../../../../src/recipe/train/runTraining';
import { trainModel } from '../../../../src/recipe/trainModel';
import { openModel } from '../../../../src/runtime/modelFile';
import { bundleTrainWorker } from '../../../fixtures/bundle';

let folder: string;
let context: TrainContext;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-insert-'));
  cpSync(join(__dirname, '../../../../media/sample'), folder, { recursive: true });
  const workers = bundleTrainWorker();
  const { signal } = new AbortController();
  const workerPath = join(workers, 'trainWorker.js');
  context = { onProgress: () => undefined, signal, log: () => undefined, workerPath };
  return () => rmSync(workers, { recursive: true, force: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('trainModel that inserts BatchNormalization', () => {
  it('trains a model whose normalisation was folded, and writes it folded', async () => {
    const params = {
      data: join(folder, 'digits-calibration.dataset.json'),
      evaluationData: join(folder, 'digits-evaluation.dataset.json'),
      seed: 1,
    };
    const model = join(folder, 'digits.onnx');
    const operators = (path: string): string[] => {
      const file = openModel(path);
      try {
        return mainGraph(file.model).node.map(({ opType }) => opType);
      } finally {
        file.close();
      }
    };
    const frozen = await trainModel({ ...params, model, settings: { epochs: 1 } }, context);
    expect(operators(frozen.outputPath)).not.toContain('BatchNormalization');
    const { report, outputPath } = await trainModel(
      { ...params, model: frozen.outputPath, settings: { epochs: 2, batchNorm: 'insert', heldOut: 0.2 } },
      context,
    );
    expect(operators(outputPath)).toEqual(operators(frozen.outputPath));
    // Nothing is lost by putting it in: before training the model is as good as it was.
    expect(report.start.accuracy).toBeGreaterThan(0.95);
    expect(report.bestEpoch).toBeGreaterThan(0);
    expect(report.accuracy?.after.value).toBeGreaterThan(0.95);
    expect(report.settings.batchNorm).toBe('insert');
  }, 60_000);
});
