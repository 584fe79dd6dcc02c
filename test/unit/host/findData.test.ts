import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findData } from '../../../src/host/datasets/findData';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'find-data-'));
});

afterEach(() => rmSync(root, { recursive: true }));

function write(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), '');
  }
}

async function found(): Promise<string[]> {
  const places = await findData([root]);
  return places.map(({ path, kind }) => `${kind} ${relative(root, path)}`).sort();
}

it('finds dataset files, archives, lines and folders of class folders', async () => {
  write(
    'digits.onnx',
    'digits-calibration.dataset.json',
    'settings.json',
    'data/a.npz',
    'data/b.jsonl',
    'data/c.npy',
    'images/train/cat/1.png',
    'images/train/cat/2.png',
    'images/train/dog/1.JPG',
    'images/train/bird/1.webp',
  );
  expect(await found()).toEqual([
    'dataset digits-calibration.dataset.json',
    'image-folder images/train',
    'jsonl data/b.jsonl',
    'npz data/a.npz',
  ]);
});

it('does not take one folder of images, or folders without images, for classes', async () => {
  write('photos/holiday/1.png', 'photos/notes/1.txt');
  expect(await found()).toEqual([]);
});

it('skips hidden folders and installed packages', async () => {
  write('.git/a.npz', 'node_modules/x/a.npz', 'venv/a.npz');
  expect(await found()).toEqual([]);
});

it('goes on past a folder that cannot be read', async () => {
  write('a.npz');
  const places = await findData([join(root, 'missing'), root]);
  expect(places).toEqual([{ path: join(root, 'a.npz'), kind: 'npz' }]);
});
