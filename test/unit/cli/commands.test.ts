import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import type {
  CompareResult,
  EvaluateResult,
  FusionResult,
  InspectResult,
  LayerErrorResult,
  MixedPrecisionResult,
  ProfileResult,
  QuantizeResult,
  SensitivityResult,
} from '../../../src/protocol';
import { saveModel } from '../../../src/runtime/modelFile';
import { buildModel } from '../../fixtures/buildModel';
import { runInProcess, SAMPLE_DATA, SAMPLE_MODEL } from './runInProcess';

const CALIBRATION = 'media/sample/digits-calibration.dataset.json';
let folder = '';
let quantized = '';

const json = async <T>(...args: string[]): Promise<T> => {
  const run = await runInProcess([...args, '--json', '--threads', '1']);
  expect(run).toMatchObject({ exitCode: 0 });
  return JSON.parse(run.stdout) as T;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-cli-'));
  quantized = join(folder, 'digits.int8.onnx');
  const args = ['--data', CALIBRATION, '--eval-data', SAMPLE_DATA, '--samples', '64', '--calibration', 'minmax'];
  const run = await runInProcess(['quantize', SAMPLE_MODEL, ...args, '--out', quantized, '--quiet', '--threads', '1']);
  expect(run).toEqual({ exitCode: 0, stdout: `${quantized}\n`, stderr: '' });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('inspect', () => {
  it('prints one JSON object, and tables for a person', async () => {
    expect(await json<InspectResult>('inspect', SAMPLE_MODEL)).toMatchObject({
      path: SAMPLE_MODEL,
      outputs: [{ name: 'logits', type: 'float32', dims: ['batch', 10] }],
      nodesByOp: { Conv: 7, Gemm: 1 },
      quantized: false,
    });
    const { stdout, stderr } = await runInProcess(['inspect', SAMPLE_MODEL]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Size {8}3\d\d KB$/m);
    expect(stdout).toMatch(/^ {2}Conv +7$/m);
    expect(stdout).toMatch(/^ {2}image {2}float32 {2}\[batch, 1, 28, 28\]$/m);
  });

  it('names the file in one line when it is missing or no model', async () => {
    const text = join(folder, 'text.onnx');
    writeFileSync(text, 'not a model');
    for (const path of [text, join(folder, 'missing.onnx')]) {
      const { exitCode, stdout, stderr } = await runInProcess(['inspect', path]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toMatch(/^onnx-press: .*\.\n$/);
      expect(stderr).toContain(path);
    }
  });
});

describe('quantize', () => {
  it('writes model, report and recipe, and the recipe repeats the model byte for byte', async () => {
    expect(readdirSync(folder).filter((name) => name.startsWith('digits'))).toEqual([
      ...['digits.int8.onnx', 'digits.int8.report.json'],
    ]);
    const again = join(folder, 'again.onnx');
    const recipe = join(folder, '.onnx-press', 'digits.int8', 'recipe.press.json');
    const result = await json<QuantizeResult>('run', recipe, '--out', again);
    expect(result.report.calibration).toMatchObject({ method: 'minmax', samples: 64 });
    expect(readFileSync(again).equals(readFileSync(quantized))).toBe(true);
  });

  it('turns its options into settings', async () => {
    const out = join(folder, 'w4.onnx');
    const args = ['--mode', 'fp16', '--exclude', 'Gemm', '--exclude', 'nothing*', '--data', SAMPLE_DATA, '--out', out];
    const { report } = await json<QuantizeResult>('quantize', SAMPLE_MODEL, ...args);
    expect(report.mode).toBe('fp16');
    expect(report.kept.map(({ opType }) => opType)).toContain('Gemm');
    expect(report.warnings.map(({ message }) => message)).toContain('--exclude nothing* matches no node.');
  });

  it('refuses to overwrite, and to calibrate on nothing', async () => {
    const before = readFileSync(quantized);
    const taken = await runInProcess(['quantize', SAMPLE_MODEL, '--synthetic', '--out', quantized]);
    expect(taken).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('exists already') });
    expect(readFileSync(quantized).equals(before)).toBe(true);
    const bare = await runInProcess(['quantize', SAMPLE_MODEL, '--out', join(folder, 'bare.onnx'), '--json']);
    expect(JSON.parse(bare.stdout)).toMatchObject({ error: { code: 'no-data' } });
    expect(bare.stderr).toContain('--synthetic');
  });

  it('names the model that is quantized already', async () => {
    const run = await runInProcess(['quantize', quantized, '--synthetic']);
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('digits.int8.onnx') });
  });

  it.each([
    ['quantize', '--synthetic'],
    ['run', ''],
  ])('%s names the model that is broken', async (command, option) => {
    const model = join(folder, 'broken.onnx');
    writeFileSync(model, readFileSync(SAMPLE_MODEL).subarray(0, 1000));
    const recipe = join(folder, 'broken.press.json');
    const steps = [{ kind: 'quantize', mode: 'fp16' }];
    const content = { format: 'onnx-press-recipe', version: 1, model: 'broken.onnx', synthetic: true, steps };
    writeFileSync(recipe, JSON.stringify(content));
    const run = await runInProcess(
      [command, command === 'run' ? recipe : model, option, '--json'].filter((arg) => arg !== ''),
    );
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain(`onnx-press: ${model}: `);
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'malformed-model', details: { path: model } } });
  });

  it('exits 130 when interrupted, and leaves nothing', async () => {
    const controller = new AbortController();
    const out = join(folder, 'interrupted.onnx');
    const running = runInProcess(['quantize', SAMPLE_MODEL, '--data', SAMPLE_DATA, '--out', out], controller.signal);
    setImmediate(() => controller.abort());
    expect(await running).toMatchObject({ exitCode: 130, stdout: '' });
    expect(readdirSync(folder).filter((name) => name.includes('interrupted'))).toEqual([]);
  });
});

describe('evaluate', () => {
  it('measures accuracy with its interval, latency and size', async () => {
    const { evaluation, latency, model, data } = await json<EvaluateResult>(
      'evaluate',
      SAMPLE_MODEL,
      '--data',
      SAMPLE_DATA,
    );
    expect(evaluation).toMatchObject({ samples: 1000, classOutput: 'logits', nonFinite: 0 });
    const { value, low, high } = evaluation.top1 ?? { value: 0, low: 0, high: 0 };
    expect(value).toBeGreaterThan(0.97);
    expect([low < value, value < high]).toEqual([true, true]);
    expect(latency.ms.median).toBeGreaterThan(0);
    expect(latency.threads).toBe(1);
    expect(model.sizeBytes).toBe(readFileSync(SAMPLE_MODEL).length);
    expect(data).toMatchObject({ synthetic: false, skipped: [] });
  });

  it('says nothing about accuracy on generated inputs', async () => {
    const { stdout } = await runInProcess(['evaluate', SAMPLE_MODEL, '--synthetic', '--threads', '1']);
    expect(stdout).toMatch(/Accuracy +not measured/);
    expect(stdout).toContain('generated');
  });

  it('stops at --limit, and needs data', async () => {
    const args = ['evaluate', SAMPLE_MODEL, '--data', SAMPLE_DATA, '--limit', '20'];
    expect((await json<EvaluateResult>(...args)).evaluation.samples).toBe(20);
    expect(await runInProcess(['evaluate', SAMPLE_MODEL])).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe('compare', () => {
  it('holds the two against each other, sample by sample', async () => {
    const result = await json<CompareResult>('compare', SAMPLE_MODEL, quantized, '--data', SAMPLE_DATA);
    const { accuracy, flips, agreement, fidelity, samples } = result.comparison;
    const counts = flips ?? { bothRight: 0, onlyBefore: 0, onlyAfter: 0, bothWrong: 0, pValue: 0 };
    expect(counts.bothRight + counts.onlyBefore + counts.onlyAfter + counts.bothWrong).toBe(samples);
    expect((counts.bothRight + counts.onlyAfter) / samples).toBe(accuracy?.after.value);
    expect(agreement?.value).toBeGreaterThan(0.97);
    expect(fidelity[0]?.sqnrDb).toBeGreaterThan(15);
    expect(result.after.sizeBytes).toBeLessThan(result.before.sizeBytes / 2);
  });

  it('finds no difference between a model and itself', async () => {
    const args = ['compare', SAMPLE_MODEL, SAMPLE_MODEL, '--data', SAMPLE_DATA, '--limit', '50'];
    const { comparison } = await json<CompareResult>(...args);
    expect(comparison.fidelity).toEqual([{ output: 'logits', sqnrDb: null, cosine: 1, maxAbsError: 0 }]);
    expect(comparison).toMatchObject({ agreement: { value: 1 }, flips: { pValue: 1 } });
  });

  it('names which of the two cannot be read', async () => {
    const text = join(folder, 'broken.onnx');
    writeFileSync(text, 'not a model');
    const run = await runInProcess(['compare', SAMPLE_MODEL, text, '--synthetic']);
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`onnx-press: ${text}: `) });
  });

  it('runs models that scale by the batch one sample at a time', async () => {
    const dynamic = join(folder, 'dynamic.onnx');
    const model = buildModel({
      inputs: { x: ['float32', ['N', 4]] },
      outputs: { y: ['float32', ['N', 4]] },
      nodes: [
        makeNode('DynamicQuantizeLinear', 'quantize', ['x'], ['q', 'scale', 'zero']),
        makeNode('DequantizeLinear', 'dequantize', ['q', 'scale', 'zero'], ['y']),
      ],
    });
    saveModel(model, dynamic);
    const batchOf = async (path: string): Promise<number> =>
      (await json<CompareResult>('compare', path, path, '--synthetic')).comparison.batchSize;
    expect([await batchOf(dynamic), await batchOf(SAMPLE_MODEL)]).toEqual([1, 16]);
  });
});

describe('evaluate against a reference and with a metric command', () => {
  it('says how close the outputs are to those of the reference', async () => {
    const args = ['evaluate', quantized, '--reference', SAMPLE_MODEL, '--data', SAMPLE_DATA, '--limit', '100'];
    const { reference, evaluation } = await json<EvaluateResult>(...args);
    expect(reference?.agreement?.value).toBeGreaterThan(0.97);
    expect(reference?.fidelity[0]?.sqnrDb).toBeGreaterThan(15);
    expect(reference?.divergence?.count).toBe(100);
    expect(evaluation.classes?.classes).toHaveLength(10);
    const { stdout } = await runInProcess(args);
    expect(stdout).toContain(`Against ${SAMPLE_MODEL}`);
    expect(stdout).toMatch(/Same class: 9\d\.\d\d % |Same class: 100/);
    expect(stdout).toContain('Classes, the worst first');
  });

  it('runs the program of a dataset file only when it is allowed', async () => {
    const script = join(folder, 'metric.cjs');
    writeFileSync(script, 'console.log(JSON.stringify({ score: 0.5 }))');
    const file = join(folder, 'metric.dataset.json');
    const samples = JSON.parse(readFileSync(SAMPLE_DATA, 'utf8')) as { path: string; labels?: string };
    const path = resolve(dirname(SAMPLE_DATA), samples.path);
    const metric = { command: 'metric.cjs', interpreter: process.execPath };
    const labels = samples.labels === undefined ? {} : { labels: resolve(dirname(SAMPLE_DATA), samples.labels) };
    writeFileSync(file, JSON.stringify({ ...samples, ...labels, path, metric }));
    const args = ['evaluate', SAMPLE_MODEL, '--data', file, '--limit', '5'];
    const refused = await runInProcess(args);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Give --allow-metric-command') });
    const { evaluation } = await json<EvaluateResult>(...args, '--allow-metric-command');
    expect(evaluation.metrics).toEqual([{ name: 'score', figure: { value: 0.5, count: 5 } }]);
  });
});

describe('profile', () => {
  it('shows nodes, operators and batch sizes', async () => {
    const args = ['profile', SAMPLE_MODEL, '--runs', '3', '--threads', '1', '--batch', '1,2'];
    const result = await json<ProfileResult>(...args);
    expect(result.batches.map(({ batchSize }) => batchSize)).toEqual([1, 2]);
    expect(result.nodes.every(({ fate, ms }) => (fate === 'measured') === (ms !== undefined))).toBe(true);
    const { stdout } = await runInProcess(args);
    expect(stdout).toContain('digits.onnx on cpu, 1 thread');
    expect(stdout).toMatch(/^ {2}Conv +7 /m);
    expect(stdout).toMatch(/26 nodes: \d+ with a kernel of their own/);
  });

  it('refuses batch sizes that are none', async () => {
    const run = await runInProcess(['profile', SAMPLE_MODEL, '--batch', '1,many']);
    expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Give whole numbers from 1 to 4096') });
  });
});

describe('demo', () => {
  it('quantizes the sample into a new folder each time and shows before and after', async () => {
    const outputs: string[] = [];
    for (let run = 0; run < 2; run++) {
      const { exitCode, stdout } = await runInProcess(['demo', '--threads', '1']);
      expect(exitCode).toBe(0);
      for (const row of [/^Size +\d/m, /^Latency .*as fast/m, /^Top-1 +9\d\.\d\d % \[/m]) expect(stdout).toMatch(row);
      const output = /^Model +(.*)$/m.exec(stdout)?.[1] ?? '';
      expect(existsSync(output)).toBe(true);
      outputs.push(output);
    }
    expect(new Set(outputs).size).toBe(2);
    for (const output of outputs) rmSync(dirname(output), { recursive: true });
  });
});

describe('sensitivity, mixed and fusion', () => {
  it('rank layers, search within a budget, and look at the kernels of what was found', async () => {
    const model = join(folder, 'layers.onnx');
    writeFileSync(model, readFileSync(SAMPLE_MODEL));
    const ranked = await json<SensitivityResult>('sensitivity', model, '--data', CALIBRATION, '--limit', '16');
    expect(ranked).toMatchObject({ model, samples: 16, collapsed: false });
    expect(ranked.layers.length).toBeGreaterThan(5);
    const data = ['--data', CALIBRATION, '--eval-data', SAMPLE_DATA, '--samples', '32', '--calibration', 'minmax'];
    const found = await json<MixedPrecisionResult>('mixed', model, ...data, '--max-drop', '2.5', '--time', '60');
    expect(found).toMatchObject({ goal: { measure: 'accuracy', maxDropPoints: 2.5, met: true } });
    const fusion = await json<FusionResult>('fusion', found.outputPath, '--data', CALIBRATION, '--limit', '4');
    expect(fusion).toMatchObject({ quantized: true, portability: { exact: true } });
    const text = await runInProcess(['fusion', found.outputPath, '--quiet']);
    expect(text.stdout).toMatch(/^ +\d+ {2}run in an integer kernel$/m);
  });

  it('refuse a budget that is none', async () => {
    const run = await runInProcess(['mixed', SAMPLE_MODEL, '--synthetic', '--max-drop', 'little']);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain('--max-drop little is not possible');
  });
});

describe('compare --layers', () => {
  it('adds the error of every layer in both senses', async () => {
    const args = ['compare', SAMPLE_MODEL, quantized, '--data', CALIBRATION, '--limit', '8', '--layers'];
    const { layers } = await json<{ layers: LayerErrorResult }>(...args);
    expect(layers.samples).toBe(8);
    expect(layers.layers.length).toBeGreaterThan(7);
    expect(layers.layers.filter(({ layerwise }) => layerwise).length).toBeGreaterThan(5);
    const { stdout } = await runInProcess([...args, '--quiet']);
    expect(stdout).toMatch(/^ {2}Layer +Operator +SQNR so far +Cosine +SQNR alone +Divergence alone$/m);
  });
});
