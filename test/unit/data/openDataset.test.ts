import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveDataPath } from '../../../src/data/fileAccess';
import { openDataset } from '../../../src/data/openDataset';
import { float32Bytes, idx, input, npy, temporaryFolder, writeFile, zip } from './fixtures';

const x = input('x', ['n', 2]);

describe('openDataset', () => {
  it.each<[string, Uint8Array | string, string]>([
    ['a.png', '', 'is a single image. Give the folder'],
    ['a.tsv', '', 'Write a dataset file beside it'],
    ['a.dat', 'whatever', 'is not data of a known format'],
    ['a.json', '{ "kind": "npz", "path": "https://a.example/a.npz" }', 'is not a local path'],
    ['a.json', '{ "kind": "npz", "path": "a\\u0000b" }', 'it holds a NUL byte'],
    ['a.json', '{ "kind": "npz", "path": "missing.npz" }', 'missing.npz was not found'],
    ['a.json', '{ "kind": "image-folder", "path": "a.json" }', 'is not a folder'],
  ])('refuses %s that holds %j', async (name, content, message) => {
    await expect(openDataset(writeFile(temporaryFolder(), name, content), [x])).rejects.toThrow(message);
  });

  it('says that a path is not there', async () => {
    await expect(openDataset('/nowhere/data', [x])).rejects.toMatchObject({ code: 'file-not-found' });
  });

  it('recognises arrays without an ending by their first bytes', async () => {
    const array = npy('<f4', [1, 2], float32Bytes([1, 2]));
    const folder = temporaryFolder();
    expect((await openDataset(writeFile(folder, 'a', array), [x])).kind).toBe('npy');
    expect((await openDataset(writeFile(folder, 'b', zip([{ name: 'x.npy', data: array }])), [x])).kind).toBe('npz');
    expect((await openDataset(writeFile(folder, 'c', idx([1, 1, 2], [1, 2])), [x])).kind).toBe('idx');
  });

  it('uses the smaller of both limits', async () => {
    const folder = temporaryFolder();
    writeFile(folder, 'a.npy', npy('<f4', [5, 2], new Uint8Array(40)));
    const path = writeFile(folder, 'd.json', '{ "kind": "npy", "path": "a.npy", "limit": 3 }');
    expect((await openDataset(path, [x])).count).toBe(3);
    expect((await openDataset(path, [x], { limit: 2 })).count).toBe(2);
    expect((await openDataset(path, [x], { limit: 9 })).count).toBe(3);
    await expect(openDataset(path, [x], { limit: 0 })).rejects.toMatchObject({ code: 'bad-option' });
  });

  it('reads paths above the dataset file', async () => {
    const folder = temporaryFolder();
    writeFile(folder, 'a.npy', npy('<f4', [1, 2], new Uint8Array(8)));
    const path = writeFile(folder, 'sub/d.json', '{ "kind": "npy", "path": "../a.npy" }');
    expect((await openDataset(path, [x])).count).toBe(1);
  });

  it.runIf(process.platform !== 'win32')('refuses pipes and devices without waiting for them', async () => {
    const folder = temporaryFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(openDataset(pipe, [x])).rejects.toThrow('is not a regular file');
    const path = writeFile(folder, 'd.json', '{ "kind": "npy", "path": "/dev/zero" }');
    await expect(openDataset(path, [x])).rejects.toThrow('is not a regular file');
  });
});

describe('resolveDataPath', () => {
  it.each([
    'http://a/b',
    'FILE:///etc/passwd',
    'data:text/plain,a',
    '//host/share',
    '\\\\host\\share',
    '\\\\.\\pipe\\a',
  ])('refuses %s', (path) => {
    expect(() => resolveDataPath('/folder', path)).toThrow('is not a local path');
  });
});
