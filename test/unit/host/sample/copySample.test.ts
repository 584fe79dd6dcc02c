import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copySample } from '../../../../src/host/sample/copySample';

const SAMPLE = 'media/sample';

let parent = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'onnx-press-copy-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('the sample', () => {
  it('is copied whole, and nothing else is left in the folder', async () => {
    const folder = await copySample(SAMPLE, parent);
    expect(folder).toBe(join(parent, 'onnx-press-sample'));
    expect(readdirSync(parent)).toEqual(['onnx-press-sample']);
    const list = (path: string) => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
    expect(list(folder)).toEqual(list(SAMPLE));
    expect(readFileSync(join(folder, 'digits.onnx'))).toEqual(readFileSync(join(SAMPLE, 'digits.onnx')));
  });

  it('leaves an earlier one as it is', async () => {
    const first = await copySample(SAMPLE, parent);
    writeFileSync(join(first, 'README.md'), 'mine');
    const second = await copySample(SAMPLE, parent);
    expect(second).toBe(join(parent, 'onnx-press-sample-2'));
    expect(readFileSync(join(first, 'README.md'), 'utf8')).toBe('mine');
  });

  it('leaves nothing behind when it cannot be copied', async () => {
    await expect(copySample(join(parent, 'gone'), parent)).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(copySample(SAMPLE, join(parent, 'gone'))).rejects.toMatchObject({ code: 'file-not-found' });
    expect(readdirSync(parent)).toEqual([]);
  });
});
