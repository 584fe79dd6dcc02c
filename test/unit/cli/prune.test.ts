import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PruneResult } from '../../../src/protocol';
import { bundleCli, bundleTrainWorker } from '../../fixtures/bundle';
import { runInBundle } from './runInBundle';
import { runInProcess, SAMPLE_DATA, SAMPLE_MODEL } from './runInProcess';

const CALIBRATION = 'media/sample/digits-calibration.dataset.json';
const LIMIT = 64;

let bundles = '';
let folder = '';

beforeAll(() => {
  bundles = bundleCli();
  bundleTrainWorker(bundles);
  folder = mkdtempSync(join(tmpdir(), 'prune-cli-'));
});

afterAll(() => {
  rmSync(bundles, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

describe('onnx-press prune', () => {
  it('trains with the augmentation and on as many samples as it is told, and so does a repeated run', async () => {
    const model = join(folder, 'digits.onnx');
    copyFileSync(SAMPLE_MODEL, model);
    const method = ['--method', 'magnitude', '--amount', '0.5', '--finetune-epochs', '1'];
    const augmentation = ['--flip', '--crop-padding', '2', '--cutout', '3', '--mixup', '0.2'];
    const data = ['--data', CALIBRATION, '--eval-data', SAMPLE_DATA, '--limit', String(LIMIT)];
    const pruned = await runInBundle(bundles, ['prune', model, ...method, ...augmentation, ...data, '--json']);
    expect(pruned).toMatchObject({ exitCode: 0 });
    const first = JSON.parse(pruned.stdout) as PruneResult;
    expect(first.report.settings.finetune?.augmentation).toEqual({ flip: true, cropPadding: 2, cutout: 3, mixup: 0.2 });
    expect(first.report.accuracy?.after.count).toBe(LIMIT);
    const recipe = first.report.recipePath;
    expect(JSON.parse(readFileSync(recipe, 'utf8'))).toMatchObject({ limit: LIMIT });

    const repeated = await runInBundle(bundles, ['run', recipe, '--json']);
    expect(repeated).toMatchObject({ exitCode: 0 });
    const second = JSON.parse(repeated.stdout) as PruneResult;
    expect(second.outputPath).not.toBe(first.outputPath);
    expect(second.report.accuracy?.after.count).toBe(LIMIT);
    // With other samples or without augmentation, training would end with other weights.
    expect(readFileSync(second.outputPath).equals(readFileSync(first.outputPath))).toBe(true);
  }, 120_000);

  it.each([['--flip'], ['--crop-padding', '4'], ['--cutout', '8'], ['--mixup', '0.2']])(
    'refuses %s where nothing is trained',
    async (...option) => {
      const { exitCode, stderr } = await runInProcess(['prune', SAMPLE_MODEL, '--method', 'magnitude', ...option]);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`${option[0]} changes nothing without`)]);
    },
  );

  it.each([
    ['--mixup', 'much'],
    ['--crop-padding', '0'],
    ['--cutout', '-1'],
    ['--limit', '0'],
  ])('refuses %s %s', async (option, value) => {
    const method = ['--method', 'magnitude', '--finetune-epochs', '1'];
    const { exitCode, stderr } = await runInProcess(['prune', SAMPLE_MODEL, ...method, option, value]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(option)]);
  });
});
