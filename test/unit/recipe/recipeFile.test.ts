import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PruneSettings, QuantizeParams } from '../../../src/protocol';
import { parseRecipe, readRecipe, recipeOf } from '../../../src/recipe/recipeFile';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-recipe-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(content: unknown): string {
  const path = join(folder, 'recipe.press.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const MINIMAL = {
  format: 'onnx-press-recipe',
  version: 1,
  model: 'm.onnx',
  steps: [{ kind: 'quantize', mode: 'fp16' }],
};

describe('recipeOf and readRecipe', () => {
  it.each<[string, Omit<QuantizeParams, 'model'>]>([
    ['the least', { settings: { mode: 'dynamic' } }],
    [
      'everything',
      {
        data: '/data/calibration.dataset.json',
        evaluationData: '/data/evaluation',
        synthetic: false,
        shapes: { ids: [1, 128], scalar: [] },
        fills: { rate: 16000, threshold: 0.5 },
        threads: 2,
        seed: 7,
        settings: {
          mode: 'static',
          calibration: 'percentile',
          exclude: ['/head/*', 'Gemm'],
          perChannel: false,
          reduceRange: true,
          activationType: 'int8',
          biasCorrection: false,
          calibrationSamples: 100,
        },
      },
    ],
    ['weights', { settings: { mode: 'weights', weightBits: 4, blockSize: 32, includeConv: true } }],
    ['fp16', { settings: { mode: 'fp16', fp16Compute: true } }],
  ])('come back to the same parameters with %s', (_, rest) => {
    const request = { kind: 'quantize' as const, params: { model: '/models/net.onnx', ...rest } };
    const path = join(folder, 'recipe.press.json');
    write(recipeOf(request, path));
    expect(readRecipe(path)).toEqual(request);
  });

  it.each<PruneSettings>([
    { method: 'nm', nm: [1, 4], protect: ['head'], recalibrate: false },
    { method: 'channel', targetMacs: 0.5, steps: 3, importance: 'geometric-median', layers: { conv: 0.2 } },
    { method: 'block', block: [8, 1], amount: 0.25, scope: 'local' },
  ])('come back to the same pruning: %j', (settings) => {
    const request = { kind: 'prune' as const, params: { model: '/models/net.onnx', settings, seed: 3, limit: 40 } };
    const path = join(folder, 'recipe.press.json');
    write(recipeOf(request, path));
    expect(readRecipe(path)).toEqual(request);
  });

  it('hold paths relative to the recipe, so that the folder can be moved', () => {
    const runs = join(folder, '.onnx-press', 'net.int8');
    mkdirSync(runs, { recursive: true });
    const params = {
      model: join(folder, 'net.onnx'),
      data: join(folder, 'data'),
      settings: { mode: 'static' as const },
    };
    const recipe = recipeOf({ kind: 'quantize', params }, join(runs, 'recipe.press.json'));
    expect(recipe).toMatchObject({ model: '../../net.onnx', data: '../../data' });
  });

  it('leave the name of the output to the next run', () => {
    const recipe = recipeOf(
      { kind: 'quantize', params: { model: 'm.onnx', output: 'o.onnx', settings: { mode: 'fp16' } } },
      join(folder, 'r.json'),
    );
    expect(recipe).not.toHaveProperty('output');
  });

  it('take an output that a person wrote into the recipe', () => {
    expect(readRecipe(write({ ...MINIMAL, output: 'out/small.onnx' })).params.output).toBe(
      join(folder, 'out/small.onnx'),
    );
  });
});

describe('readRecipe', () => {
  const step = (extra: object): object => ({ ...MINIMAL, steps: [{ kind: 'quantize', mode: 'static', ...extra }] });

  it.each<[string, unknown, string]>([
    ['no JSON', '{ "format": ', 'is not a recipe'],
    ['another format', { ...MINIMAL, format: 'something' }, 'format'],
    ['a newer version', { ...MINIMAL, version: 3 }, 'version'],
    ['no model', { ...MINIMAL, model: undefined }, 'model'],
    ['an unknown key', { ...MINIMAL, modle: 'x' }, 'modle'],
    ['a limit of none', { ...MINIMAL, limit: 0 }, 'limit'],
    ['no step', { ...MINIMAL, steps: [] }, 'a recipe of version 1 has one step'],
    ['two steps', { ...MINIMAL, steps: [...MINIMAL.steps, ...MINIMAL.steps] }, 'a recipe of version 1 has one step'],
    ['an unknown mode', { ...MINIMAL, steps: [{ kind: 'quantize', mode: 'magic' }] }, 'step 1, mode'],
    ['an unknown calibration', step({ calibration: 'guess' }), 'step 1, calibration'],
    ['a wrong number of bits', step({ weightBits: 3 }), 'step 1, weightBits'],
    ['an unknown setting', step({ exlude: [] }), 'exlude'],
    ['a negative dimension', { ...MINIMAL, shapes: { x: [-1] } }, 'shapes.x.0'],
    [
      'an amount beyond all',
      { ...MINIMAL, steps: [{ kind: 'prune', method: 'channel', amount: 2 }] },
      'step 1, amount',
    ],
    [
      'a pattern that removes nothing',
      { ...MINIMAL, steps: [{ kind: 'prune', method: 'nm', nm: [4, 2] }] },
      'step 1, nm',
    ],
    ['an array', [], 'the file'],
  ])('names what is wrong with %s', (_, content, named) => {
    const path = write(content);
    expect(() => readRecipe(path)).toThrow(expect.objectContaining({ code: 'bad-recipe' }));
    expect(() => readRecipe(path)).toThrow(named);
    expect(() => readRecipe(path)).toThrow(path);
  });

  it('tells all that is wrong, each with its line and with steps counted from 1', () => {
    const lines = [
      '{ "format": "onnx-press-recipe", "version": 2, "model": "m.onnx", "modle": 1,',
      '  "steps": [',
      '    { "kind": "quantise" },',
      '    { "kind": "prune", "method": "channel",',
      '      "amount": 2 },',
      '    { "kind": "train", "qat": { "weightBits": 3 } } ] }',
    ];
    const error = (): unknown => {
      try {
        return parseRecipe(lines.join('\n'), '/r.press.json');
      } catch (thrown) {
        return thrown;
      }
    };
    expect(error()).toMatchObject({
      details: { line: 1, column: 67 },
      message: [
        '/r.press.json:1:67 is not a recipe:',
        'line 1, modle: there is no such setting;',
        'line 3, step 1, kind: must be one of normalise, prune, train, distil, quantize, evaluate;',
        'line 5, step 2, amount: Too big: expected number to be <=1;',
        'line 6, step 3, qat.weightBits: Invalid input: expected 4, or Invalid input: expected 8.',
        'Correct it, or make one with New Recipe.',
      ].join('\n'),
    });
  });

  it('tells no more than a person reads', () => {
    const steps = Array.from({ length: 12 }, () => ({ kind: 'prune', method: 'channel', amount: 2 }));
    const text = JSON.stringify({ ...MINIMAL, version: 2, steps }, null, 1);
    expect(() => parseRecipe(text, '/r.press.json')).toThrow(/step 8, amount: [^;]*;\nand 4 more\.\n/);
  });

  it('gives line and column of what is no JSON', () => {
    expect(() => parseRecipe('{\n  "format": "x",\n  "version": ,\n}', '/r.press.json')).toThrow(
      '/r.press.json:3:14 is not a recipe: value expected.',
    );
  });

  it('takes comments and trailing commas', () => {
    const text = JSON.stringify(step({ keepFp16: ['conv1'] })).replace(/}$/, ', /* by hand */ }');
    expect(readRecipe(write(text)).params.settings).toEqual({ mode: 'static', keepFp16: ['conv1'] });
  });

  it('says when the file is not there', () => {
    expect(() => readRecipe(join(folder, 'none.json'))).toThrow(expect.objectContaining({ code: 'file-not-found' }));
  });
});
