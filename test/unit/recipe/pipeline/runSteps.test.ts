import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSteps, type StepsResult } from '../../../../src/recipe/pipeline/runSteps';
import { parseRecipe, type Recipe } from '../../../../src/recipe/recipeFile';
import type { RunContext } from '../../../../src/recipe/runContext';
import type { TrainProgress } from '../../../../src/protocol';
import { bundleTrainWorker } from '../../../fixtures/bundle';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-steps-'));
  copyFileSync('media/sample/digits.onnx', join(folder, 'digits.onnx'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const HALF = { kind: 'quantize', mode: 'fp16' };
const STEPS = [{ kind: 'normalise' }, HALF, { kind: 'evaluate', limit: 2 }];

function recipe(steps: readonly object[], rest: object = {}): Recipe {
  const content = { format: 'onnx-press-recipe', version: 2, model: 'digits.onnx', synthetic: true, steps, ...rest };
  return parseRecipe(JSON.stringify(content), join(folder, 'half.press.json'));
}

function contextOf(overrides: Partial<RunContext> = {}): RunContext {
  return {
    onProgress: () => undefined,
    signal: new AbortController().signal,
    log: () => undefined,
    latencySeconds: 0.05,
    ...overrides,
  };
}

function run(content: Recipe, from?: number, context = contextOf()): Promise<StepsResult> {
  const runFolder = join(folder, '.onnx-press', 'digits.half');
  return runSteps({
    recipe: content,
    runFolder,
    modelFile: 'digits.half.onnx',
    ...(from === undefined ? {} : { from }),
    trusted: false,
    context,
  });
}

/** The kinds of the steps that have a folder, sorted. */
function kept(): string[] {
  return readdirSync(join(folder, '.onnx-press/digits.half/steps'))
    .map((name) => name.replace(/-[0-9a-f]{16}$/, ''))
    .sort();
}

function states({ steps }: StepsResult): string[] {
  return steps.map(({ kind, state }) => `${kind} ${state}`);
}

describe('runSteps', () => {
  it('gives the model of each step to the next, and takes unchanged steps over', async () => {
    const first = await run(recipe(STEPS));
    expect(states(first)).toEqual(['normalise ran', 'quantize ran', 'evaluate ran']);
    const [normalised, half, evaluated] = first.steps;
    expect(half?.figures.sizeBytes).toBeLessThan((normalised?.figures.sizeBytes ?? 0) * 0.6);
    expect(evaluated?.model).toBe(half?.model);
    expect(first.model).toBe(half?.model);
    expect(statSync(first.model).size).toBe(half?.figures.sizeBytes);

    const again = await run(recipe(STEPS));
    expect(states(again)).toEqual(['normalise unchanged', 'quantize unchanged', 'evaluate unchanged']);
    expect(again.modelHash).toBe(first.modelHash);
    expect(again.steps.map(({ figures }) => figures)).toEqual(first.steps.map(({ figures }) => figures));
  });

  it('takes a step again when its settings change, and those after it only if the model differs', async () => {
    await run(recipe(STEPS));
    const excluded = await run(recipe([{ kind: 'normalise' }, { ...HALF, exclude: ['Gemm'] }, STEPS[2] ?? {}]));
    expect(states(excluded)).toEqual(['normalise unchanged', 'quantize ran', 'evaluate ran']);
    // Opset 13 is the default: the model is the same to the byte, and what follows stays.
    const raised = await run(
      recipe([
        { kind: 'normalise', minOpset: 13 },
        { ...HALF, exclude: ['Gemm'] },
      ]),
    );
    expect(states(raised)).toEqual(['normalise ran', 'quantize unchanged']);
    expect(kept()).toEqual(['normalise', 'quantize']);
  });

  it('takes steps over wherever they stood, when others are put before them or taken out', async () => {
    const evaluate = { kind: 'evaluate', limit: 1 };
    const first = await run(recipe(STEPS));
    const inserted = await run(recipe([evaluate, ...STEPS]));
    expect(states(inserted)).toEqual([
      'evaluate ran',
      'normalise unchanged',
      'quantize unchanged',
      'evaluate unchanged',
    ]);
    expect(inserted.steps.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(inserted.model).toBe(first.model);
    const removed = await run(recipe(STEPS));
    expect(states(removed)).toEqual(['normalise unchanged', 'quantize unchanged', 'evaluate unchanged']);
    expect(kept()).toEqual(['evaluate', 'normalise', 'quantize']);
  });

  it('does a step once that stands twice on the same model', async () => {
    const normalise = { kind: 'normalise' };
    const { model } = await run(recipe([normalise]));
    copyFileSync(model, join(folder, 'digits.onnx'));
    const twice = recipe([normalise, normalise]);
    expect(states(await run(twice))).toEqual(['normalise ran', 'normalise unchanged']);
    expect(states(await run(twice, 1))).toEqual(['normalise ran', 'normalise unchanged']);
  });

  it('keeps what a cancelled run has not looked at, and not the remains of every attempt', async () => {
    await run(recipe(STEPS));
    const controller = new AbortController();
    controller.abort();
    const cancelled = run(recipe([HALF]), undefined, contextOf({ signal: controller.signal }));
    await expect(cancelled).rejects.toMatchObject({ name: 'CancelledError' });
    expect(states(await run(recipe(STEPS)))).toEqual([
      'normalise unchanged',
      'quantize unchanged',
      'evaluate unchanged',
    ]);

    for (let i = 0; i < 30; i++) mkdirSync(join(folder, `.onnx-press/digits.half/steps/prune-${i}`));
    await expect(run(recipe(STEPS), undefined, contextOf({ signal: controller.signal }))).rejects.toThrow();
    expect(kept()).toHaveLength(16);
    await run(recipe(STEPS));
    expect(kept()).toEqual(['evaluate', 'normalise', 'quantize']);
  });

  it('uses no more samples than the limit of the recipe, and takes steps again when it changes', async () => {
    const measured = async (limit: object): Promise<string | undefined> =>
      (await run(recipe([{ kind: 'evaluate' }], limit))).steps[0]?.summary;
    expect(await measured({ limit: 3 })).toMatch(/^Measured on 3 samples: /);
    expect(await measured({ limit: 2 })).toMatch(/^Measured on 2 samples: /);
    const own = await run(recipe([{ kind: 'evaluate', limit: 4 }], { limit: 2 }));
    expect(own.steps[0]?.summary).toMatch(/^Measured on 4 samples: /);
  });

  it('takes steps again from the one that is asked for', async () => {
    const first = await run(recipe(STEPS));
    const again = await run(recipe(STEPS), 2);
    expect(states(again)).toEqual(['normalise unchanged', 'quantize ran', 'evaluate ran']);
    expect(again.modelHash).toBe(first.modelHash);
  });

  it('takes everything again for another model, and a step whose model was changed or lost', async () => {
    const first = await run(recipe(STEPS));
    writeFileSync(first.model, 'broken');
    expect(states(await run(recipe(STEPS)))).toEqual(['normalise unchanged', 'quantize ran', 'evaluate unchanged']);
    rmSync(first.steps[0]?.model ?? '');
    expect(states(await run(recipe(STEPS)))[0]).toBe('normalise ran');
    copyFileSync(first.model, join(folder, 'digits.onnx'));
    expect(states(await run(recipe([{ kind: 'normalise' }])))).toEqual(['normalise ran']);
  });

  it('takes steps again when the data was touched, not its dataset file', async () => {
    for (const name of ['digits-calibration.dataset.json', 'data']) {
      cpSync(join('media/sample', name), join(folder, name), { recursive: true });
    }
    const content = recipe([HALF], { synthetic: false, data: 'digits-calibration.dataset.json' });
    await run(content);
    expect(states(await run(content))).toEqual(['quantize unchanged']);
    utimesSync(join(folder, 'digits-calibration.dataset.json'), new Date(), new Date(Date.now() + 60_000));
    expect(states(await run(content))).toEqual(['quantize unchanged']);
    const labels = join(folder, 'data/calibration-labels.idx1-ubyte');
    utimesSync(labels, new Date(), new Date(Date.now() + 60_000));
    expect(states(await run(content))).toEqual(['quantize ran']);
  });

  it('keeps the steps before a failure, and names the step that failed', async () => {
    const int8 = { kind: 'quantize', mode: 'static' };
    const failing = recipe([{ kind: 'normalise' }, int8, int8]);
    await expect(run(failing)).rejects.toMatchObject({
      code: 'already-quantized',
      message: expect.stringMatching(/^Step 3 \(quantize\): /),
      details: { step: 3, kind: 'quantize' },
    });
    expect(states(await run(recipe([{ kind: 'normalise' }, int8])))).toEqual([
      'normalise unchanged',
      'quantize unchanged',
    ]);
  });

  it('leaves a step that was cancelled undone, and goes on with it the next time', async () => {
    const controller = new AbortController();
    const onProgress: RunContext['onProgress'] = ({ stage, done }) => {
      if (stage === 'step' && done === 1) controller.abort();
    };
    const cancelled = run(recipe(STEPS), undefined, contextOf({ signal: controller.signal, onProgress }));
    await expect(cancelled).rejects.toMatchObject({ name: 'CancelledError' });
    expect(kept()).toEqual(['normalise', 'quantize']);
    expect(states(await run(recipe(STEPS)))).toEqual(['normalise unchanged', 'quantize ran', 'evaluate ran']);
  });

  it('names the step that trains, and is told when it begins so that another control holds', async () => {
    cpSync('media/sample/data', join(folder, 'data'), { recursive: true });
    const sample = readFileSync('media/sample/digits-calibration.dataset.json', 'utf8');
    writeFileSync(join(folder, 'few.dataset.json'), sample.replace('{', '{ "limit": 64,'));
    const workers = bundleTrainWorker();
    const told: (TrainProgress['recipeStep'] | 'begin')[] = [];
    const training = { kind: 'train', epochs: 1, workers: 1 };
    const data = 'few.dataset.json';
    try {
      await runSteps({
        recipe: recipe([training, { ...training, kind: 'distil' }], { synthetic: false, data }),
        runFolder: join(folder, '.onnx-press', 'digits.half'),
        modelFile: 'digits.half.onnx',
        trusted: false,
        context: {
          ...contextOf(),
          workerPath: join(workers, 'trainWorker.js'),
          onTrain: ({ recipeStep }) => told.push(recipeStep),
        },
        onBegin: () => told.push('begin'),
      });
    } finally {
      rmSync(workers, { recursive: true, force: true });
    }
    const changes = told.filter((entry, i) => JSON.stringify(entry) !== JSON.stringify(told[i - 1]));
    const path = join(folder, data);
    expect(changes).toEqual([
      'begin',
      { number: 1, count: 2, data: path },
      'begin',
      { number: 2, count: 2, data: path, teacher: join(folder, 'digits.onnx') },
    ]);
  });

  it('takes a record that was written by half for none', async () => {
    const { model } = await run(recipe([{ kind: 'normalise' }]));
    const record = join(dirname(model), 'step.json');
    writeFileSync(record, readFileSync(record, 'utf8').slice(0, 40));
    expect(states(await run(recipe([{ kind: 'normalise' }])))).toEqual(['normalise ran']);
  });
});
