import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createAtomicFile,
  fileError,
  freshPath,
  openFileSource,
  partialPathOf,
  writeTextFile,
} from '../../../src/util/files';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('a file that appears when it is whole', () => {
  it('lies under its partial name until it is committed', () => {
    const file = createAtomicFile(join(folder, 'a.txt'));
    file.write(text('one '));
    file.write(text('two'));
    expect(readdirSync(folder)).toEqual([`.a.txt.${process.pid}.partial`]);
    file.commit();
    expect(readdirSync(folder)).toEqual(['a.txt']);
    expect([readFileSync(file.path, 'utf8'), file.bytesWritten]).toEqual(['one two', 7]);
    file.abort();
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('vanishes when it is given up', () => {
    const file = createAtomicFile(join(folder, 'a.txt'));
    file.write(text('half'));
    file.abort();
    expect(readdirSync(folder)).toEqual([]);
    expect(() => file.write(text('more'))).toThrow('Written after close.');
  });

  it('does not replace a file that has appeared meanwhile, unless it may', () => {
    const path = join(folder, 'a.txt');
    const late = createAtomicFile(path);
    late.write(text('late'));
    writeFileSync(path, 'first');
    expect(() => late.commit()).toThrow(expect.objectContaining({ code: 'output-exists' }));
    expect([readdirSync(folder), readFileSync(path, 'utf8')]).toEqual([['a.txt'], 'first']);
    writeTextFile(path, 'second', { overwrite: true });
    expect(readFileSync(path, 'utf8')).toBe('second');
  });

  it('does not write through a link that lies in the place of its partial file', () => {
    const path = join(folder, 'a.txt');
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, partialPathOf(path));
    writeTextFile(path, 'mine');
    expect([readFileSync(victim, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['untouched', 'mine']);
  });

  it('names the folder that does not exist', () => {
    expect(() => writeTextFile(join(folder, 'no', 'a.txt'), '')).toThrow(
      expect.objectContaining({ code: 'file-not-found' }),
    );
  });
});

describe('a file to read', () => {
  it('gives any range and refuses what lies outside', () => {
    const path = join(folder, 'a.bin');
    writeFileSync(path, text('0123456789'));
    const source = openFileSource(path);
    expect([source.size, source.read(3, 4), source.read(10, 0)]).toEqual([10, text('3456'), new Uint8Array(0)]);
    for (const [offset, length] of [
      [8, 3],
      [-1, 1],
      [0, -1],
    ] as const) {
      expect(() => source.read(offset, length)).toThrow(RangeError);
    }
    writeFileSync(path, 'short');
    expect(() => source.read(6, 2)).toThrow(/became shorter/);
    source.close();
  });

  it('must be a file', () => {
    expect(() => openFileSource(folder)).toThrow(/is not a file/);
  });
});

describe('names and errors', () => {
  it('counts up to a name that is free', () => {
    const path = join(folder, 'model.int8.onnx');
    const names = [1, 2, 3].map(() => {
      const free = freshPath(path);
      writeFileSync(free, '');
      return free.slice(folder.length + 1);
    });
    expect(names).toEqual(['model.int8.onnx', 'model.int8-2.onnx', 'model.int8-3.onnx']);
  });

  it('keeps an ending of two parts whole', () => {
    const path = join(folder, 'model.press.json');
    writeFileSync(path, '');
    expect(freshPath(path, '.press.json')).toBe(join(folder, 'model-2.press.json'));
  });

  it.each([
    ['ENOENT', 'file-not-found', /x was not found/],
    ['EACCES', 'file-access', /permission denied/],
    ['ENOSPC', 'file-access', /the disk is full/],
    ['EIO', 'file-access', /cannot be accessed: something/],
  ])('turns %s into %s', (code, expected, message) => {
    const error = fileError('x', Object.assign(new Error('something'), { code }));
    expect(error).toMatchObject({ code: expected, message: expect.stringMatching(message), details: { path: 'x' } });
  });
});
