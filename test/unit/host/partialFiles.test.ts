import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { removePartialFiles } from '../../../src/host/partialFiles';

it('removes the partial files of one process, beside the model and in its run folders, and no other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'partial-files-'));
  const run = join(folder, '.onnx-press', 'm.int8');
  mkdirSync(run, { recursive: true });
  mkdirSync(join(folder, 'other'));
  const gone = [join(folder, '.m.int8.onnx.42.partial'), join(run, '.recipe.press.json.42.partial')];
  const kept = [
    '.m.onnx.421.partial',
    '.m.onnx.142.partial',
    'm.onnx.42.partial',
    'm.onnx',
    '.onnx-press/m.int8/recipe.press.json',
    'other/.m.onnx.42.partial',
  ];
  for (const path of [...gone, ...kept.map((name) => join(folder, name))]) writeFileSync(path, '');
  expect((await removePartialFiles(folder, 42)).sort()).toEqual(gone.sort());
  const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(left.map(({ name }) => name).sort()).toEqual(kept.map((name) => name.split('/').at(-1)).sort());
  expect(await removePartialFiles(join(folder, 'missing'), 42)).toEqual([]);
  rmSync(folder, { recursive: true });
});
