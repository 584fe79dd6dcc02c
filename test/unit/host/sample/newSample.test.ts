import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rememberNewSample, takeNewSample } from '../../../../src/host/sample/newSample';

let storage = '';
beforeEach(() => {
  storage = join(mkdtempSync(join(tmpdir(), 'onnx-press-storage-')), 'not', 'yet');
});
afterEach(() => rmSync(join(storage, '../..'), { recursive: true, force: true }));

describe('a new sample', () => {
  it('is greeted once, in its own window only', async () => {
    await rememberNewSample(storage, '/home/me/sample');
    expect(await takeNewSample(storage, '/home/me/other')).toBe(false);
    expect(await takeNewSample(storage, '/home/me/sample')).toBe(true);
    expect(await takeNewSample(storage, '/home/me/sample')).toBe(false);
  });

  it('is unknown where none was made', async () => {
    expect(await takeNewSample(storage, '/home/me/sample')).toBe(false);
  });
});
