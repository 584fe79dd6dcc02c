import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleCli } from '../../fixtures/bundle';
import { runInBundle, type OnStderr } from './runInBundle';
import { SAMPLE_DATA, SAMPLE_MODEL, type CliRun } from './runInProcess';

let folder = '';

beforeAll(() => {
  folder = bundleCli();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runProcess = (args: readonly string[], onStderr?: OnStderr): Promise<CliRun> =>
  runInBundle(folder, args, onStderr);

describe('the onnx-press process', () => {
  it('exits 0, 1 and 2', async () => {
    const runs = [];
    for (const args of [['inspect', SAMPLE_MODEL], ['inspect', 'missing.onnx'], ['inspect']])
      runs.push(await runProcess(args));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 1, 2]);
  });

  it('keeps stdout for the JSON object and stderr for progress', async () => {
    const run = await runProcess(['evaluate', SAMPLE_MODEL, '--data', SAMPLE_DATA, '--limit', '64', '--json']);
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ evaluation: { samples: 64 } });
    expect(run.stderr).toContain('Evaluating');
  });

  it('exits 130 soon after SIGINT', async () => {
    let interruptedAt = 0;
    const run = await runProcess(['compare', SAMPLE_MODEL, SAMPLE_MODEL, '--data', SAMPLE_DATA], (text, kill) => {
      if (interruptedAt > 0 || !text.includes('Evaluating')) return;
      interruptedAt = performance.now();
      kill('SIGINT');
    });
    expect(run).toMatchObject({ exitCode: 130, stdout: '' });
    expect(run.stderr).toContain('Interrupted');
    expect(performance.now() - interruptedAt).toBeLessThan(2000);
  });

  it('ends without a word when whoever reads has seen enough', async () => {
    const child = spawn(process.execPath, [join(folder, 'cli.js'), 'inspect', SAMPLE_MODEL, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.destroy();
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});
