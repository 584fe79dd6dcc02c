import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeNode } from '../../../../src/onnx/attributes';
import { composeMappings } from '../../../../src/recipe/pipeline/composeMappings';
import { resultStem } from '../../../../src/recipe/pipeline/finalModel';
import { hashJson } from '../../../../src/recipe/pipeline/fingerprint';
import { readyFacts } from '../../../../src/recipe/pipeline/readyFacts';
import { READY_TARGET_NAMES, readyRecipes } from '../../../../src/recipe/pipeline/readyRecipes';
import { withRunLock } from '../../../../src/recipe/pipeline/runLock';
import { beginStep, readStep, stepFolderOf, writeStep } from '../../../../src/recipe/pipeline/stepFolder';
import { parseRecipe } from '../../../../src/recipe/recipeFile';
import { saveModel } from '../../../../src/runtime/modelFile';
import { buildModel } from '../../../fixtures/buildModel';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-parts-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('composeMappings', () => {
  it('follows nodes through every step', () => {
    const composed = composeMappings([
      [
        { source: 'conv', targets: ['conv_a', 'conv_b'] },
        { source: 'gone', targets: [] },
      ],
      [
        { source: 'conv_a', targets: ['conv_a', 'conv_a_q'] },
        { source: 'new', targets: ['new_q'] },
      ],
    ]);
    expect(composed).toEqual([
      { source: 'conv', targets: ['conv_a', 'conv_a_q', 'conv_b'] },
      { source: 'gone', targets: [] },
      { source: 'new', targets: ['new_q'] },
    ]);
    expect(composeMappings([])).toEqual([]);
  });
});

describe('resultStem', () => {
  it.each([
    ['/m/digits.onnx', 'server-x86.press.json', 'digits.server-x86'],
    ['/m/digits.onnx', '/r/digits.server-x86.press.json', 'digits.server-x86'],
    ['/m/digits.onnx', 'digits.press.json', 'digits.pressed'],
    ['/m/digits.onnx', 'mine.json', 'digits.mine'],
    ['/m/digits.onnx', '/m/.onnx-press/digits.mine/recipe.press.json', 'digits.mine'],
  ])('names the result of %s by %s', (model, recipe, stem) => {
    expect(resultStem(model, recipe)).toBe(stem);
  });
});

describe('hashJson', () => {
  it('does not depend on the order of keys, and on everything else', () => {
    expect(hashJson({ a: 1, b: { c: [1, 2], d: 2 } })).toBe(hashJson({ b: { d: 2, c: [1, 2] }, a: 1 }));
    expect(hashJson({ a: [1, 2] })).not.toBe(hashJson({ a: [2, 1] }));
  });
});

describe('withRunLock', () => {
  it('lets one run in, and the next when it has ended, however', async () => {
    await withRunLock(folder, async () => {
      await expect(withRunLock(folder, async () => undefined)).rejects.toMatchObject({ code: 'file-access' });
    });
    await expect(withRunLock(folder, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await withRunLock(folder, async () => 'in')).toBe('in');
  });

  it('takes over the lock of a process that is gone', async () => {
    writeFileSync(join(folder, 'running'), '2147483646');
    expect(await withRunLock(folder, async () => 'in')).toBe('in');
  });
});

describe('beginStep', () => {
  it('keeps the checkpoint of an unfinished step, and nothing of a finished one', () => {
    const fingerprint = '0123456789abcdef0123';
    const step = stepFolderOf(folder, 'distil', fingerprint);
    const runs = join(step, '.onnx-press');
    const checkpoint = join(runs, 'm.checkpoint');
    mkdirSync(runs, { recursive: true });
    for (const path of [checkpoint, join(runs, 'train.json'), join(step, 'm.onnx')]) writeFileSync(path, '');
    beginStep(step);
    expect([checkpoint, join(runs, 'train.json'), join(step, 'm.onnx')].map((path) => existsSync(path))).toEqual([
      true,
      false,
      false,
    ]);
    writeStep(step, { fingerprint, modelHash: 'a', seconds: 1, summary: '', figures: { sizeBytes: 1 }, warnings: [] });
    expect(readStep(step, fingerprint)?.modelHash).toBe('a');
    expect(readStep(step, `${fingerprint}4`)).toBeUndefined();
    beginStep(step);
    expect(existsSync(checkpoint)).toBe(false);
    expect(readStep(step, fingerprint)).toBeUndefined();
  });
});

const SMALL = { branches: 0, hasConvolutions: true };

describe('the ready recipes', () => {
  const recipes = readyRecipes({ model: '/w/models/digits.onnx', folder: '/w/recipes', data: '/w/data' }, SMALL);

  it('are one a target, each a recipe that reads', () => {
    expect(recipes.map(({ target }) => target)).toEqual(READY_TARGET_NAMES);
    for (const { target, text } of recipes) {
      const recipe = parseRecipe(text, `/w/recipes/digits.${target}.press.json`);
      expect(recipe).toMatchObject({ version: 2, model: '/w/models/digits.onnx', data: '/w/data' });
      expect(recipe.targets).toBeDefined();
    }
  });

  it('prune, then recover, then quantize', () => {
    for (const { text } of recipes) {
      const { steps } = parseRecipe(text, '/w/recipes/a.press.json');
      expect(steps.map(({ kind }) => kind)).toEqual(['prune', 'distil', 'quantize']);
    }
  });

  it('take residual branches out before channels where there are enough of them, and recover in between', () => {
    const [deep] = readyRecipes({ model: '/w/m.onnx', folder: '/w' }, { branches: 8, hasConvolutions: true });
    const { steps } = parseRecipe(deep?.text ?? '', '/w/a.press.json');
    expect(steps.map(({ kind, settings }) => settings['method'] ?? settings['batchNorm'] ?? kind)).toEqual([
      'depth',
      'insert',
      'channel',
      'insert',
      'quantize',
    ]);
    const [dense] = readyRecipes({ model: '/w/m.onnx', folder: '/w' }, { branches: 7, hasConvolutions: false });
    expect(parseRecipe(dense?.text ?? '', '/w/a.press.json').steps.map(({ settings }) => settings)).toMatchObject([
      { method: 'channel' },
      { epochs: 10 },
      { mode: 'static' },
    ]);
    expect(dense?.text).not.toContain('batchNorm');
  });

  it('look at the model for residual branches and convolutions', async () => {
    const path = join(folder, 'residual.onnx');
    const shape: [string, ...number[]] = ['batch', 2, 4, 4];
    const model = buildModel({
      inputs: { x: ['float32', shape] },
      outputs: { y: ['float32', shape] },
      initializers: { w: { dims: [2, 2, 1, 1], values: [1] } },
      nodes: [
        makeNode('Conv', 'conv', ['x', 'w'], ['a']),
        makeNode('Add', 'add', ['a', 'x'], ['b']),
        makeNode('Relu', 'relu', ['b'], ['y']),
      ],
    });
    saveModel(model, path);
    expect(await readyFacts(path, new AbortController().signal)).toEqual({ branches: 1, hasConvolutions: true });
  });

  it('give a reason above every step, in lines that fit', () => {
    for (const { text } of recipes) {
      const lines = text.split('\n');
      const steps = lines.flatMap((line, i) => (line.includes('"kind"') ? [lines[i - 1] ?? ''] : []));
      expect(steps.filter((line) => !line.trim().startsWith('// '))).toEqual([]);
      expect(lines.filter((line) => line.length > 110)).toEqual([]);
    }
  });

  it('say what is to be filled in where no data is given', () => {
    const [first] = readyRecipes({ model: '/w/m.onnx', folder: '/w' }, SMALL);
    expect(first?.text).toContain('// "data": "calibration.dataset.json",');
    expect(parseRecipe(first?.text ?? '', '/w/a.press.json').data).toBeUndefined();
  });
});
