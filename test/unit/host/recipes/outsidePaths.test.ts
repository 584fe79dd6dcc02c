import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { outsidePaths } from '../../../../src/host/recipes/outsidePaths';

let root: string;
let workspace: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'onnx-press-outside-')));
  workspace = join(root, 'workspace');
  mkdirSync(join(workspace, 'models'), { recursive: true });
  mkdirSync(join(root, 'elsewhere'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function outside(recipe: object): Promise<string[]> {
  return outsidePaths(JSON.stringify(recipe), join(workspace, 'models', 'a.press.json'), [workspace]);
}

describe('outsidePaths', () => {
  it('is empty where everything lies in the workspace, there or not', async () => {
    const steps = [{ kind: 'train', teacher: 'none/yet.onnx' }];
    expect(await outside({ model: 'm.onnx', data: '../data', output: 'new/out.onnx', steps })).toEqual([]);
  });

  it('names what lies outside: absolute, upwards, in a step', async () => {
    const steps = [{ kind: 'train', teacher: '../../big.onnx' }];
    expect(await outside({ model: '/etc/passwd', data: '../../elsewhere', steps })).toEqual([
      '/etc/passwd',
      join(root, 'elsewhere'),
      join(root, 'big.onnx'),
    ]);
  });

  it('follows links, for what will be written too', async () => {
    symlinkSync(join(root, 'elsewhere'), join(workspace, 'link'));
    expect(await outside({ model: 'm.onnx', output: '../link/out.onnx' })).toEqual([join(workspace, 'link/out.onnx')]);
  });
});
