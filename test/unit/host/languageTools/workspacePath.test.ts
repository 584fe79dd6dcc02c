import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveInFolders } from '../../../../src/host/languageTools/workspacePath';

let scratch = '';
let first = '';
let second = '';

beforeAll(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'onnx-press-paths-')));
  first = join(scratch, 'first');
  second = join(scratch, 'second');
  for (const folder of [first, second, join(first, 'models'), join(scratch, 'firstborn')]) mkdirSync(folder);
  for (const file of ['first/models/a.onnx', 'second/b.onnx', 'secret.onnx', 'firstborn/c.onnx']) {
    writeFileSync(join(scratch, file), '');
  }
  symlinkSync(join(scratch, 'secret.onnx'), join(first, 'link.onnx'));
  symlinkSync(scratch, join(first, 'up'));
  symlinkSync(join(second, 'b.onnx'), join(first, 'neighbour.onnx'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('a path that an assistant gives', () => {
  it('is found relative to any folder, with or without its name, and absolute', async () => {
    const folders = [first, second];
    const found = await Promise.all(
      ['models/a.onnx', 'b.onnx', 'second/b.onnx', join(first, 'models', 'a.onnx'), 'models/../models/a.onnx'].map(
        (given) => resolveInFolders(folders, given),
      ),
    );
    const a = join(first, 'models/a.onnx');
    const b = join(second, 'b.onnx');
    expect(found).toEqual([a, b, b, a, a]);
  });

  it('may be a link inside the workspace', async () => {
    expect(await resolveInFolders([first, second], 'neighbour.onnx')).toBe(join(first, 'neighbour.onnx'));
  });

  it.each([
    ['above the workspace', () => '../secret.onnx'],
    ['absolute and outside', () => join(scratch, 'secret.onnx')],
    ['a folder with a longer name', () => join(scratch, 'firstborn/c.onnx')],
    ['above by way of a folder', () => 'models/../../secret.onnx'],
    ['a link out of it', () => 'link.onnx'],
    ['below a link out of it', () => 'up/secret.onnx'],
    ['one with a zero byte', () => 'models/a.onnx\0'],
  ])('is refused when it is %s', async (_name, given) => {
    await expect(resolveInFolders([first], given())).rejects.toMatchObject({ code: 'file-access' });
  });

  it('is refused where no folder is open', async () => {
    await expect(resolveInFolders([], join(first, 'models/a.onnx'))).rejects.toMatchObject({ code: 'file-access' });
  });

  it('is named when it does not exist', async () => {
    await expect(resolveInFolders([first], 'models/gone.onnx')).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringContaining('models/gone.onnx') as string,
    });
  });
});
