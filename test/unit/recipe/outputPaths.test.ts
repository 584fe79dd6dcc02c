import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QuantizeSettings } from '../../../src/protocol';
import { outputPaths, quantizedSuffix, requireWritable } from '../../../src/recipe/outputPaths';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-paths-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function touch(...names: string[]): void {
  for (const name of names) writeFileSync(join(folder, name), '');
}

function paths(settings: QuantizeSettings, wanted?: string): string[] {
  const output = wanted === undefined ? undefined : join(folder, wanted);
  const { model, report, runFolder } = outputPaths(join(folder, 'x.onnx'), quantizedSuffix(settings), output);
  return [model, report, runFolder].map((path) => relative(folder, path));
}

describe('outputPaths', () => {
  it.each<[QuantizeSettings, string]>([
    [{ mode: 'static' }, 'x.int8'],
    [{ mode: 'dynamic' }, 'x.int8'],
    [{ mode: 'weights', weightBits: 4 }, 'x.w4'],
    [{ mode: 'fp16' }, 'x.fp16'],
  ])('names the outputs of %j after what was done', (settings, stem) => {
    expect(paths(settings)).toEqual([`${stem}.onnx`, `${stem}.report.json`, join('.onnx-press', stem)]);
  });

  it.each([['x.int8.onnx'], ['x.int8.report.json']])('takes another name for all of them when %s is taken', (name) => {
    touch(name);
    expect(paths({ mode: 'static' })).toEqual([
      'x.int8-2.onnx',
      'x.int8-2.report.json',
      join('.onnx-press', 'x.int8-2'),
    ]);
  });

  it('takes the first name that is free for model and report', () => {
    touch('x.int8.onnx', 'x.int8-2.report.json', 'x.int8-3.onnx');
    expect(paths({ mode: 'static' })[0]).toBe('x.int8-4.onnx');
  });

  it('keeps the name that was asked for, and a report beside it that the menus find', () => {
    touch('small.report.json');
    expect(paths({ mode: 'static' }, 'small.onnx').slice(0, 2)).toEqual(['small.onnx', 'small-2.report.json']);
  });

  it('leaves the run folder of a model that was deleted alone', () => {
    mkdirSync(join(folder, '.onnx-press', 'x.int8'), { recursive: true });
    expect(paths({ mode: 'static' })).toEqual(['x.int8.onnx', 'x.int8.report.json', join('.onnx-press', 'x.int8-2')]);
  });

  it('refuses a name that is taken', () => {
    touch('small.onnx');
    expect(() => paths({ mode: 'static' }, 'small.onnx')).toThrow('exists already and is not overwritten');
  });
});

describe('requireWritable', () => {
  it('leaves nothing behind where a model can be written', () => {
    requireWritable(join(folder, 'x.onnx'));
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [
      'file-not-found',
      'none/x.onnx',
      /cannot be written: the folder .*none does not exist\. Choose another place with --out\.$/,
    ],
    ['file-access', 'file/x.onnx', /cannot be written: .*file is not a folder\. Choose/],
    ['file-access', `${'long'.repeat(64)}.onnx`, /cannot be written: .*name too long/],
  ])('refuses with %s', (code, path, message) => {
    touch('file');
    expect(() => requireWritable(join(folder, path))).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error,
    );
  });
});
