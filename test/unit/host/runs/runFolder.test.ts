import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRunFolder } from '../../../../src/host/runs/runFolder';

let folder: string;
let recipe: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-runs-'));
  recipe = join(folder, '.onnx-press', 'm.int8', 'recipe.press.json');
  mkdirSync(dirname(recipe), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (content: object): void =>
  writeFileSync(recipe, JSON.stringify({ format: 'onnx-press-recipe', version: 1, model: '../../m.onnx', ...content }));

describe('readRunFolder', () => {
  it('knows the model, its original and what measured it from the recipe alone', async () => {
    const data = { data: '../../train.dataset.json', evaluationData: '../../test.dataset.json' };
    write({ ...data, steps: [{ kind: 'quantize', mode: 'static', perChannel: false }] });
    expect(await readRunFolder(recipe)).toEqual({
      recipe,
      source: join(folder, 'm.onnx'),
      output: join(folder, 'm.int8.onnx'),
      mode: 'static',
      data: join(folder, 'test.dataset.json'),
    });
  });

  it('names steps without a mode by their method, else by their kind', async () => {
    write({
      steps: [
        { kind: 'prune', method: 'channel' },
        { kind: 'quantize', mode: 'dynamic' },
      ],
    });
    expect(await readRunFolder(recipe)).toMatchObject({ mode: 'channel + dynamic' });
  });

  it.each(['{}', 'no JSON', '{"format":"onnx-press-recipe","model":"m.onnx","steps":[]}'])(
    'refuses %s',
    async (text) => {
      writeFileSync(recipe, text);
      await expect(readRunFolder(recipe)).rejects.toMatchObject({ code: 'bad-recipe' });
    },
  );
});
