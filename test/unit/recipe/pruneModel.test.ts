import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mainGraph } from '../../../src/onnx/model';
import { readFloats } from '../../../src/onnx/tensor';
import type { PruneParams, PruneSettings } from '../../../src/protocol';
import { maskedTensors } from '../../../src/prune/masks/maskMetadata';
import { pruneModel } from '../../../src/recipe/pruneModel';
import { readRecipe } from '../../../src/recipe/recipeFile';
import type { RunContext } from '../../../src/recipe/runContext';
import { openModel } from '../../../src/runtime/modelFile';
import { CancelledError } from '../../../src/util/pressError';
import type { Progress } from '../../../src/util/progress';

const SAMPLE = join(__dirname, '../../../media/sample');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-prune-'));
  cpSync(SAMPLE, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function files(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function params(settings: PruneSettings, rest: Partial<PruneParams> = {}): PruneParams {
  const data = { data: join(folder, 'digits-calibration.dataset.json') };
  const evaluationData = join(folder, 'digits-evaluation.dataset.json');
  return { model: join(folder, 'digits.onnx'), threads: 1, ...data, evaluationData, settings, ...rest };
}

function context(onProgress: (progress: Progress) => void = () => undefined, signal?: AbortSignal): RunContext {
  const { signal: never } = new AbortController();
  return { onProgress, signal: signal ?? never, log: () => undefined, latencySeconds: 0.2 };
}

describe('pruneModel', () => {
  it('writes a sparse model, its masks, report and recipe, and counts the zeros that are there', async () => {
    const before = files();
    const { report, outputPath, reportPath } = await pruneModel(
      params({ method: 'magnitude', amount: 0.5, protect: ['nosuchnode'] }),
      context(),
    );
    expect(files().filter((file) => !before.includes(file))).toEqual([
      '.onnx-press/digits.sparse/masks.json',
      '.onnx-press/digits.sparse/recipe.press.json',
      'digits.sparse.onnx',
      'digits.sparse.report.json',
    ]);
    expect(JSON.parse(readFileSync(reportPath, 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));
    const file = openModel(outputPath);
    const names = maskedTensors(file.model);
    const counted = mainGraph(file.model)
      .initializer.filter(({ name }) => names.has(name))
      .map((tensor) => [...readFloats(file.model, tensor)].filter((value) => value === 0).length);
    file.close();
    expect(report.sparsity?.tensors.map(({ zeros }) => zeros)).toEqual(counted);
    expect(report.sparsity?.sparsity).toBeCloseTo(0.5, 3);
    expect(report.sparsity?.gzipBytes.after).toBeLessThan(0.75 * (report.sparsity?.gzipBytes.before ?? 0));
    expect(report.macs.after).toBe(report.macs.before);
    expect(report.recalibration.kind).toBe('least-squares');
    expect(report.warnings.map(({ message }) => message)).toContain('--protect nosuchnode matches no node.');
    expect(report.accuracy!.after.value).toBeGreaterThan(0.8);
  });

  it('writes a recipe that gives the same model again', async () => {
    const first = await pruneModel(params({ method: 'nm', nm: [1, 3] }), context());
    const { kind, params: repeated } = readRecipe(first.report.recipePath);
    expect(kind).toBe('prune');
    const again = await pruneModel(repeated as PruneParams, context());
    expect(again.outputPath).not.toBe(first.outputPath);
    expect(readFileSync(again.outputPath).equals(readFileSync(first.outputPath))).toBe(true);
  });

  it('calls the hook between steps with the model so far, and goes on with what it returns', async () => {
    const seen: number[] = [];
    const { report } = await pruneModel(params({ method: 'magnitude', amount: 0.6, steps: 3 }), context(), {
      betweenSteps: (model, step, steps) => {
        seen.push(step, steps);
        return Promise.resolve(model);
      },
    });
    expect(seen).toEqual([0, 3, 1, 3]);
    expect(report.sparsity?.sparsity).toBeCloseTo(0.6, 3);
    expect(report.recalibration).toEqual({ kind: 'none', layers: 0 });
  });

  it('finds the widths of several steps without training, and trains once', async () => {
    const seen: number[] = [];
    const run = pruneModel(params({ method: 'channel', amount: 0.5, steps: 3 }), context(), {
      betweenSteps: (model, step) => {
        seen.push(step);
        return Promise.resolve(model);
      },
    });
    const result = await run.catch((error: unknown) => error);
    // What is faster is measured, so that both answers are right; nothing is trained in vain.
    if (result instanceof Error) {
      expect(result).toMatchObject({ code: 'nothing-to-prune' });
      expect(seen).toEqual([]);
      return;
    }
    expect(seen).toEqual([0, 1]);
    const { report } = result as Awaited<typeof run>;
    const { params: repeated } = readRecipe(report.recipePath);
    const again = await pruneModel(repeated as PruneParams, context());
    expect(again.report.channels?.groups.map(({ removed }) => removed.length)).toEqual(
      report.channels?.groups.map(({ removed }) => removed.length),
    );
  });

  it('claims no accuracy on generated inputs', async () => {
    const { data: _data, evaluationData: _evaluation, ...rest } = params({ method: 'low-rank', amount: 0.3 });
    const run = pruneModel({ ...rest, synthetic: true }, context());
    const report = await run.then(
      (result) => result.report,
      (error: unknown) => error,
    );
    // Whether two layers are faster than one is measured, so that both answers are right.
    if (report instanceof Error) expect(report).toMatchObject({ code: 'nothing-to-prune' });
    else expect(report).toMatchObject({ uncalibrated: true });
    expect(report).not.toHaveProperty('accuracy');
  });

  it('removes channels so that the model is not slower, or refuses and writes nothing', async () => {
    const before = files();
    const run = pruneModel(params({ method: 'channel', targetMacs: 0.6 }), context());
    const result = await run.catch((error: unknown) => error);
    if (result instanceof Error) {
      expect(result).toMatchObject({ code: 'nothing-to-prune' });
      expect(files()).toEqual(before);
      return;
    }
    const { report } = result as Awaited<typeof run>;
    expect(report.macs.after).toBeLessThan(report.macs.before);
    expect(report.parameters.after).toBeLessThan(report.parameters.before);
    expect(report.latency!.speedup.median).toBeGreaterThanOrEqual(1);
    expect(report.fidelity.every(({ shapeChanges }) => shapeChanges === undefined)).toBe(true);
    const removed = report.channels!.groups.reduce((sum, group) => sum + group.removed.length, 0);
    expect(report.channels!.channelsBefore - report.channels!.channelsAfter).toBe(removed);
    for (const { protection, removed: units } of report.channels!.groups)
      if (protection !== undefined) expect(units).toEqual([]);
    const again = await pruneModel(readRecipe(report.recipePath).params as PruneParams, context());
    expect(readFileSync(again.outputPath).equals(readFileSync(report.output.path))).toBe(true);
  });

  it('weighs channels by gradients, which need labels', async () => {
    const settings = { method: 'channel', importance: 'taylor', amount: 0.3 } as const;
    const run = pruneModel(params(settings), context());
    const result = await run.catch((error: unknown) => error);
    // What is faster is measured, so that both answers are right.
    if (result instanceof Error) expect(result).toMatchObject({ code: 'nothing-to-prune' });
    else expect((result as Awaited<typeof run>).report.channels).toMatchObject({ importance: 'taylor' });
    const { data: _data, evaluationData: _evaluation, ...without } = params(settings);
    await expect(pruneModel({ ...without, synthetic: true }, context())).rejects.toMatchObject({ code: 'no-data' });
  });

  it('finds amounts for a budget of bytes from a measurement that is continued and then kept', async () => {
    const settings = { method: 'channel', auto: true, targetSize: 0.7, recalibrate: false } as const;
    const controller = new AbortController();
    const measured: number[] = [];
    const stopAtSecond = ({ stage, done }: Progress): void => {
      if (stage === 'sensitivity' && done === 1) controller.abort();
    };
    await expect(pruneModel(params(settings), context(stopAtSecond, controller.signal))).rejects.toThrow(
      CancelledError,
    );
    const file = files().find((name) => name.endsWith('prune-sensitivity.json'))!;
    const read = (): { groups: Record<string, number[]> } =>
      JSON.parse(readFileSync(join(folder, file), 'utf8')) as { groups: Record<string, number[]> };
    const first = Object.entries(read().groups);
    expect(first).toHaveLength(1);
    // A mark shows that what was measured is not measured again.
    const [[name, losses]] = first as [[string, number[]]];
    const marked = losses.map((loss) => loss + 1e-9);
    writeFileSync(join(folder, file), JSON.stringify({ ...read(), groups: { [name]: marked } }));
    const note = ({ stage, done }: Progress): void => {
      if (stage === 'sensitivity') measured.push(done);
    };
    const run = async (): Promise<unknown> =>
      pruneModel(params(settings), context(note)).catch((error: unknown) => error);
    const result = await run();
    expect(read().groups[name]).toEqual(marked);
    expect(measured.length).toBeGreaterThan(0);
    measured.length = 0;
    await run();
    expect(measured).toEqual([]);
    // Whether fewer channels pay here is measured, so that both answers are right.
    if (result instanceof Error) expect(result).toMatchObject({ code: 'nothing-to-prune' });
    else {
      const { parameters } = (result as Awaited<ReturnType<typeof pruneModel>>).report;
      expect(parameters.after).toBeLessThan(parameters.before);
    }
  });

  it('refuses budgets without auto, and auto without a budget', async () => {
    for (const settings of [{ targetSize: 0.5 }, { auto: true }, { auto: true, targetSize: 0.5, targetMacs: 0.5 }])
      await expect(pruneModel(params({ method: 'channel', ...settings }), context())).rejects.toMatchObject({
        code: 'bad-option',
      });
  });

  it('leaves nothing when it is cancelled, and refuses where all is protected', async () => {
    const before = files();
    const controller = new AbortController();
    const cancel = ({ stage }: Progress): void => {
      if (stage === 'verify') controller.abort();
    };
    await expect(pruneModel(params({ method: 'nm', nm: [1, 3] }), context(cancel, controller.signal))).rejects.toThrow(
      CancelledError,
    );
    await expect(
      pruneModel(params({ method: 'magnitude', protect: ['Conv', 'Gemm', 'MatMul'] }), context()),
    ).rejects.toMatchObject({ code: 'nothing-to-prune' });
    expect(files()).toEqual(before);
  });
});
