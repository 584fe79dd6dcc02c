import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRunRecipe } from '../../../../src/host/runs/runRecipe';

describe('readRunRecipe', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onnx-press-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const read = async (name: string, json: unknown) => {
    const path = join(folder, name);
    await writeFile(path, JSON.stringify(json));
    return readRunRecipe(path);
  };
  const recipe = (version: number, ...steps: object[]) => ({
    format: 'onnx-press-recipe',
    version,
    model: 'm.onnx',
    data: 'd.npz',
    output: 'made.onnx',
    seed: 3,
    limit: 40,
    steps,
  });

  it('repeats a step under a new name, with paths beside the recipe', async () => {
    const shared = { model: join(folder, 'm.onnx'), data: join(folder, 'd.npz'), seed: 3, limit: 40 };
    expect(await read('a.json', recipe(1, { kind: 'quantize', mode: 'static' }))).toEqual({
      kind: 'quantize',
      params: { ...shared, settings: { mode: 'static' } },
    });
    expect(await read('b.json', recipe(1, { kind: 'prune', method: 'channel', amount: 0.3 }))).toEqual({
      kind: 'prune',
      params: { ...shared, settings: { method: 'channel', amount: 0.3 } },
    });
  });

  it('repeats a training from its beginning, and a pipeline by its recipe', async () => {
    const asked = {
      model: '/m.onnx',
      data: '/d.npz',
      output: '/made.onnx',
      resume: true,
      limit: 40,
      settings: { epochs: 2 },
    };
    expect(await read('train.json', asked)).toEqual({
      kind: 'train',
      params: { model: '/m.onnx', data: '/d.npz', limit: 40, settings: { epochs: 2 } },
    });
    const path = join(folder, 'p.json');
    expect(await read('p.json', recipe(2, { kind: 'normalise' }, { kind: 'evaluate' }))).toEqual({
      kind: 'pipeline',
      path,
    });
  });

  it('refuses what does not say how a run was made', async () => {
    await expect(read('c.json', { model: 'm.onnx' })).rejects.toMatchObject({ code: 'bad-recipe' });
    await expect(read('d.json', recipe(1, { kind: 'melt' }))).rejects.toMatchObject({ code: 'bad-recipe' });
    await expect(readRunRecipe(join(folder, 'gone.json'))).rejects.toMatchObject({ code: 'file-not-found' });
  });
});
