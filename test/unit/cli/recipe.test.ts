import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecipeResult } from '../../../src/protocol';
import { runInProcess, type CliRun } from './runInProcess';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-recipe-cli-'));
  cpSync('media/sample', folder, { recursive: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a recipe that halves the sample, with these targets. */
function run(name: string, targets: object, ...args: readonly string[]): Promise<CliRun> {
  const path = join(folder, name);
  const content = {
    format: 'onnx-press-recipe',
    version: 2,
    model: 'digits.onnx',
    data: 'digits-evaluation.dataset.json',
    steps: [{ kind: 'normalise' }, { kind: 'quantize', mode: 'fp16' }],
    targets,
  };
  writeFileSync(path, JSON.stringify(content));
  return runInProcess(['run', path, ...args]);
}

function modelNames(): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.onnx'));
}

const TIMEOUT_MS = 120_000;

describe('run of a pipeline', () => {
  it(
    'fails where a target is missed, with its summaries, and writes the model',
    async () => {
      const [markdown, junit] = [join(folder, 'summary.md'), join(folder, 'recipe.xml')];
      writeFileSync(markdown, 'old');
      const targets = { size: { ratioAtMost: 0.1 }, accuracy: { lossPointsAtMost: 1 } };
      const missed = await run('half.press.json', targets, '--markdown', markdown, '--junit', junit, '--json');
      expect(missed.exitCode).toBe(1);
      expect(missed.stderr).toMatch(/\nonnx-press: 1 of 2 targets missed: Size against the original is 0\.5\d*x.*\n$/);
      const { report, outputPath } = JSON.parse(missed.stdout) as RecipeResult;
      expect(outputPath).toBe(join(folder, 'digits.half.onnx'));
      expect(report.output.sizeBytes).toBe(statSync(outputPath).size);
      expect(report).toMatchObject({ kind: 'recipe', samples: 1000, flips: { pValue: expect.any(Number) } });
      expect(report.warnings.map(({ code }) => code)).toEqual(['same-samples']);
      expect(readFileSync(markdown, 'utf8')).toMatch(
        /^## half\.press\.json: 1 missed\n[^]*\| `size\.ratioAtMost` \| ❌/,
      );
      const xml = readFileSync(junit, 'utf8');
      expect(xml).toContain('tests="4" failures="1" errors="0"');
      expect(xml).toContain('name="2 quantize"');
      expect(xml).toMatch(/name="size\.ratioAtMost"[^]*<failure type="target-missed" message="Size/);
    },
    TIMEOUT_MS,
  );

  it(
    'takes nothing again where nothing has changed, and keeps the one model',
    async () => {
      const met = await run('half.press.json', { size: { ratioAtMost: 0.6 } }, '--json');
      expect(met.exitCode).toBe(0);
      const { report } = JSON.parse(met.stdout) as RecipeResult;
      expect(report.steps.map(({ state }) => state)).toEqual(['unchanged', 'unchanged']);
      expect(report.targets).toMatchObject([{ isMet: true }]);
      expect(modelNames()).toEqual(['digits.half.onnx', 'digits.onnx']);
    },
    TIMEOUT_MS,
  );

  it(
    'overwrites no other model, and no other report',
    async () => {
      writeFileSync(join(folder, 'digits.other.onnx'), 'mine');
      writeFileSync(join(folder, 'digits.other-2.report.json'), '{ "mine": true }');
      const result = await run('other.press.json', {}, '--quiet');
      expect(result).toMatchObject({ exitCode: 0, stdout: `${join(folder, 'digits.other-2.onnx')}\n` });
      expect(readFileSync(join(folder, 'digits.other.onnx'), 'utf8')).toBe('mine');
      expect(readFileSync(join(folder, 'digits.other-2.report.json'), 'utf8')).toBe('{ "mine": true }');
      const taken = await run('other.press.json', {}, '--out', join(folder, 'digits.onnx'));
      expect(taken).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('exists already') });
    },
    TIMEOUT_MS,
  );

  it('tells summaries of a run that breaks', async () => {
    const [markdown, junit] = [join(folder, 'broken.md'), join(folder, 'broken.xml')];
    const path = join(folder, 'broken.press.json');
    writeFileSync(path, '{ "format": "onnx-press-recipe", "version": 2, "model": "none.onnx", "steps": [] }');
    const result = await runInProcess(['run', path, '--markdown', markdown, '--junit', junit]);
    expect(result.exitCode).toBe(1);
    expect(readFileSync(markdown, 'utf8')).toContain('a step at least');
    expect(readFileSync(junit, 'utf8')).toContain('<error type="bad-recipe"');
  });

  it(
    'tells in its summaries which steps were finished, failed and skipped',
    async () => {
      const [markdown, junit] = [join(folder, 'failed.md'), join(folder, 'failed.xml')];
      const path = join(folder, 'failed.press.json');
      const int8 = { kind: 'quantize', mode: 'static' };
      const steps = [{ kind: 'normalise' }, int8, int8, { kind: 'evaluate' }];
      const content = { format: 'onnx-press-recipe', version: 2, model: 'digits.onnx', synthetic: true };
      writeFileSync(path, JSON.stringify({ ...content, steps }));
      const result = await runInProcess(['run', path, '--markdown', markdown, '--junit', junit]);
      expect(result.exitCode).toBe(1);
      const xml = readFileSync(junit, 'utf8');
      expect(xml).toContain('tests="4" failures="1" errors="0" skipped="1"');
      expect(xml).toMatch(/name="1 normalise"[^]*name="2 quantize"[^]*<system-out>/);
      expect(xml).toMatch(/name="3 quantize" time="0.000">\n *<failure type="already-quantized"/);
      expect(xml).toMatch(/name="4 evaluate" time="0.000">\n *<skipped\/>/);
      const text = readFileSync(markdown, 'utf8');
      expect(text).toMatch(/\| 2 quantize \| done \|[^]*\| 3 quantize \| ❌ failed \|[^]*\| 4 evaluate \| skipped \|/);
    },
    TIMEOUT_MS,
  );

  it.each(['--markdown', '--junit'])('refuses %s for a recipe of version 1', async (option) => {
    const [path, summary] = [join(folder, 'single.press.json'), join(folder, 'single.summary')];
    const steps = [{ kind: 'quantize', mode: 'fp16' }];
    const content = { format: 'onnx-press-recipe', version: 1, model: 'digits.onnx', synthetic: true, steps };
    writeFileSync(path, JSON.stringify(content));
    const result = await runInProcess(['run', path, option, summary]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(`${option} needs a recipe of steps (version 2)`);
    expect(readdirSync(folder)).not.toContain('single.summary');
  });

  it('names the steps where --from names none', async () => {
    const result = await run('half.press.json', {}, '--from', 'train');
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('1 (normalise), 2 (quantize)');
  });
});

describe('recipe', () => {
  it('writes a ready recipe beside the model and replaces none', async () => {
    const model = join(folder, 'digits.onnx');
    const args = ['recipe', 'browser-webgpu', model, '--data', join(folder, 'digits-calibration.dataset.json')];
    const path = join(folder, 'digits.browser-webgpu.press.json');
    expect(await runInProcess(args)).toMatchObject({ exitCode: 0, stdout: `${path}\n` });
    expect(readFileSync(path, 'utf8')).toContain('"data": "digits-calibration.dataset.json"');
    expect(await runInProcess(args)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('exists already') });
  });

  it.each([
    ['none.onnx', '', 'file-not-found'],
    ['text.onnx', 'no model', 'malformed-model'],
  ])('writes none for %s', async (name, content, code) => {
    const model = join(folder, name);
    if (content !== '') writeFileSync(model, content);
    const result = await runInProcess(['recipe', 'server-x86', model, '--json']);
    expect(result.exitCode).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code } });
    expect(readdirSync(folder)).not.toContain(name.replace('.onnx', '.server-x86.press.json'));
    rmSync(model, { force: true });
  });

  it('names the targets where there is none of that name', async () => {
    const result = await runInProcess(['recipe', 'tensort', 'm.onnx']);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('tensorrt');
    expect(result.stderr).toContain('server-x86');
  });
});
