import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseReport } from '../../../../src/host/panels/reportSchema';
import { quantizedNodes } from '../../../../src/onnx/quantizedOperators';
import type { TrainParams, TrainSettings } from '../../../../src/protocol';
import { evaluateModel } from '../../../../src/recipe/evaluateModel';
import { graphMapping } from '../../../../src/recipe/graph/graphMapping';
import type { TrainContext } from '../../../../src/recipe/train/runTraining';
import { trainModel } from '../../../../src/recipe/trainModel';
import { openModel } from '../../../../src/runtime/modelFile';
import { bundleTrainWorker } from '../../../fixtures/bundle';

let folder: string;
let context: TrainContext;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-qat-'));
  cpSync(join(__dirname, '../../../../media/sample'), folder, { recursive: true });
  const workers = bundleTrainWorker();
  const workerPath = join(workers, 'trainWorker.js');
  const { signal } = new AbortController();
  context = { onProgress: () => undefined, signal, log: () => undefined, workerPath };
  return () => rmSync(workers, { recursive: true, force: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function train(settings: TrainSettings, rest: Partial<TrainParams> = {}) {
  const data = join(folder, 'digits-calibration.dataset.json');
  return trainModel({ model: join(folder, 'digits.onnx'), data, settings, ...rest }, context);
}

describe('trainModel with qat', () => {
  it('writes a quantized model whose accuracy is that which training reported', async () => {
    const { report, reportPath, outputPath } = await train({ epochs: 2, heldOut: 0.3, qat: { weightBits: 4 } });
    expect(outputPath).toBe(join(folder, 'digits.w4a8.onnx'));
    const file = openModel(outputPath);
    expect(quantizedNodes(file.model).length).toBeGreaterThan(2);
    file.close();
    const kept = report.bestEpoch === 0 ? report.start.accuracy : report.history[report.bestEpoch - 1]?.heldOutAccuracy;
    expect(report.accuracy?.after.value).toBe(kept);
    expect(report.quantization?.quantized.some(({ scheme }) => scheme.includes('4-bit weights'))).toBe(true);
    // The panel gets all of it, and two graphs side by side know which node became which.
    expect(parseReport(readFileSync(reportPath, 'utf8'), reportPath)).toEqual(JSON.parse(JSON.stringify(report)));
    expect(graphMapping(join(folder, 'digits.onnx'), outputPath)?.pairs).toHaveLength(
      report.quantization?.mapping.length ?? 0,
    );
  }, 60_000);

  it('reports what the file gives when it is loaded anew', async () => {
    const evaluationData = join(folder, 'digits-evaluation.dataset.json');
    const { report, outputPath } = await train({ epochs: 1, qat: { learnScales: true } }, { evaluationData });
    const { evaluation } = await evaluateModel({ model: outputPath, data: evaluationData }, context);
    expect(report.accuracy?.after.value).toBe(evaluation.top1?.value);
    expect(evaluation.top1?.value).toBeGreaterThan(0.8);
  }, 60_000);

  it.each([
    [{ fromScratch: true, qat: {} }, 'bad-option'],
    [{ batchNorm: 'train', qat: {} }, 'bad-option'],
    [{ qat: { exclude: ['*'] } }, 'nothing-to-quantize'],
  ] as const)('refuses %o and writes nothing', async (settings, code) => {
    const before = readdirSync(folder);
    await expect(train({ epochs: 1, ...settings })).rejects.toMatchObject({ code });
    expect(readdirSync(folder)).toEqual(before);
  });
});
