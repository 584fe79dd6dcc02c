import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unfinishedTraining } from '../../../src/recipe/train/unfinishedTraining';
import { bundleCli, bundleTrainWorker } from '../../fixtures/bundle';
import { runInBundle, type OnStderr } from './runInBundle';
import { SAMPLE_MODEL, type CliRun } from './runInProcess';

const DATA = 'media/sample/digits-calibration.dataset.json';
const OPTIONS = [
  '--data',
  DATA,
  '--batch',
  '32',
  '--workers',
  '2',
  '--epochs',
  '3',
  '--optimizer',
  'adam',
  '--average',
  '0.9',
];

let bundles = '';
let folder = '';

beforeAll(() => {
  bundles = bundleCli();
  bundleTrainWorker(bundles);
  folder = mkdtempSync(join(tmpdir(), 'train-'));
});

afterAll(() => {
  rmSync(bundles, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

/** Trains the sample model, copied to `name`; `onStderr` may end the process. */
function train(name: string, args: readonly string[] = [], onStderr?: OnStderr): Promise<CliRun> {
  const model = join(folder, name);
  if (!existsSync(model)) copyFileSync(SAMPLE_MODEL, model);
  return runInBundle(bundles, ['train', model, ...OPTIONS, ...args], onStderr);
}

describe('onnx-press train', () => {
  it('writes a model, a report and nothing that is unfinished', async () => {
    const { exitCode, stdout } = await train('whole.onnx', ['--json']);
    expect(exitCode).toBe(0);
    const { report } = JSON.parse(stdout) as {
      report: { history: { loss: number }[]; bestEpoch: number; workers: number };
    };
    expect(report.history).toHaveLength(3);
    expect(report.workers).toBe(2);
    expect(readdirSync(folder).sort()).toEqual([
      '.onnx-press',
      'whole.onnx',
      'whole.trained.onnx',
      'whole.trained.report.json',
    ]);
    expect(readdirSync(join(folder, '.onnx-press'))).toEqual(['whole.trained']);
  });

  it('interrupted, it leaves a checkpoint and no model; resumed, it ends with the weights of an undisturbed run', async () => {
    let isInterrupted = false;
    const stopped = await train('cut.onnx', [], (text, kill) => {
      if (isInterrupted || !/Training \d/.test(text)) return;
      isInterrupted = true;
      kill('SIGINT');
    });
    expect(stopped.exitCode).toBe(130);
    expect(existsSync(join(folder, 'cut.trained.onnx'))).toBe(false);
    expect(existsSync(join(folder, '.onnx-press', 'cut.trained.checkpoint'))).toBe(true);
    // Whoever goes on elsewhere needs no option of the command.
    expect(unfinishedTraining(join(folder, 'cut.onnx'))).toMatchObject({
      epochs: 3,
      params: { data: resolve(DATA), workers: 2, resume: true, settings: { optimizer: 'adam', averageDecay: 0.9 } },
    });
    const resumed = await train('cut.onnx', ['--resume', '--quiet']);
    expect(resumed).toMatchObject({ exitCode: 0, stderr: '' });
    const bytes = (name: string): Buffer => readFileSync(join(folder, `${name}.trained.onnx`));
    expect(bytes('cut').equals(bytes('whole'))).toBe(true);
    expect(existsSync(join(folder, '.onnx-press', 'cut.trained.checkpoint'))).toBe(false);
  });

  it('refuses to resume what is not there', async () => {
    const { exitCode, stderr } = await train('fresh.onnx', ['--resume']);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/no unfinished training/)]);
  });

  it('gives the same bytes with one process as with two', async () => {
    const { exitCode } = await train('single.onnx', ['--workers', '1', '--shards', '2']);
    expect(exitCode).toBe(0);
    const bytes = (name: string): Buffer => readFileSync(join(folder, `${name}.trained.onnx`));
    expect(bytes('single').equals(bytes('whole'))).toBe(true);
  });
});
