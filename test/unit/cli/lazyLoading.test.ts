import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleCli } from '../../fixtures/bundle';
import { SAMPLE_MODEL } from './runInProcess';

let folder = '';
let guard = '';

beforeAll(() => {
  folder = bundleCli();
  // Any attempt to load native code fails and says so.
  guard = resolve(folder, 'guard.cjs');
  writeFileSync(
    guard,
    `const { Module } = require('node:module');
     const load = Module._load;
     Module._load = function (name, ...rest) {
       if (name === 'onnxruntime-node' || name === 'sharp') throw new Error('native code: ' + name);
       return load.call(this, name, ...rest);
     };`,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function runGuarded(...args: string[]): { code: number | null; stderr: string } {
  const bundle = join(folder, 'cli.js');
  const { status, stderr } = spawnSync(process.execPath, ['--require', guard, bundle, ...args], { encoding: 'utf8' });
  return { code: status, stderr };
}

describe('native code', () => {
  it.each([[['--help']], [['quantize', '--help']], [['--version']], [['inspect', SAMPLE_MODEL]]])(
    'is not loaded by %j',
    (args) => {
      expect(runGuarded(...args)).toEqual({ code: 0, stderr: '' });
    },
  );

  it('is loaded by evaluate, so that the guard is known to work', () => {
    const { code, stderr } = runGuarded('evaluate', SAMPLE_MODEL, '--synthetic', '--quiet');
    expect(code).toBe(1);
    expect(stderr).toMatch(/native code: (onnxruntime-node|sharp)/);
  });
});
