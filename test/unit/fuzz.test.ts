import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseModels } from '../../bench/fuzz/baseModels';
import { createFuzzCase } from '../../bench/fuzz/fuzzCase';
import { runFuzz } from '../../bench/fuzz/fuzzRun';

/** Beside node_modules, where the worker finds ONNX Runtime. */
let folder: string;
let workerPath: string;

beforeAll(async () => {
  mkdirSync('out', { recursive: true });
  folder = mkdtempSync(join('out', 'fuzz-test-'));
  workerPath = resolve(folder, 'worker.js');
  await build({
    entryPoints: ['bench/fuzz/worker.ts'],
    outfile: workerPath,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node', 'sharp'],
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A worker that answers every question with the body of a function. */
function fakeWorker(name: string, body: string): string {
  const path = resolve(folder, `${name}.cjs`);
  writeFileSync(
    path,
    `const fs = require('node:fs'); const { dirname, join } = require('node:path');
     const ok = { kind: 'ok' }, refused = { kind: 'refused', code: 'malformed-model', message: '' };
     process.on('message', ({ model, output }) => { ${body} });`,
  );
  return path;
}

const run = (path: string, count: number) =>
  runFuzz({ count, seed: 11, bases: baseModels().slice(0, 1), workerPath: path });

describe('mutated models', () => {
  it('are quantized or refused with a reason: no crash, no hang, nothing written elsewhere', async () => {
    const report = await runFuzz({ count: 74, seed: 5, bases: baseModels(), workerPath });
    expect(report.bad).toEqual([]);
    expect(report.quantized + report.refused).toBe(74);
    expect(report.quantized).toBeGreaterThan(3);
    expect(Object.keys(report.refusalsByCode)).toEqual(
      expect.arrayContaining(['malformed-model', 'external-data', 'model-does-not-run', 'unsupported-model']),
    );
  });

  it('are the same for the same seed and number', () => {
    const bases = baseModels();
    expect(createFuzzCase(bases, 1, 33)).toEqual(createFuzzCase(bases, 1, 33));
    expect(createFuzzCase(bases, 2, 33).model).not.toEqual(createFuzzCase(bases, 1, 33).model);
  });
});

describe('the judge of the fuzzer', () => {
  it.each([
    ['a crash', 'process.exit(3)', /Crashes: exit code 3/],
    [
      'a write outside the output folder',
      `fs.writeFileSync(join(dirname(model), 'stray'), ''); process.send({ inspect: ok, quantize: refused, peakMegabytes: 1 })`,
      /outside the output folder/,
    ],
    [
      'a changed model',
      `fs.appendFileSync(model, 'x'); process.send({ inspect: ok, quantize: refused, peakMegabytes: 1 })`,
      /outside the output folder/,
    ],
    [
      'a file left behind',
      `fs.writeFileSync(output, ''); process.send({ inspect: ok, quantize: refused, peakMegabytes: 1 })`,
      /left behind/,
    ],
    [
      'a success without a file',
      `process.send({ inspect: ok, quantize: ok, peakMegabytes: 1 })`,
      /Nothing was written|must be refused/,
    ],
    ['much memory', `process.send({ inspect: ok, quantize: refused, peakMegabytes: 9000 })`, /9000 MB/],
    [
      'another exception',
      `process.send({ inspect: ok, quantize: { kind: 'bad', message: 'TypeError' }, peakMegabytes: 1 })`,
      /quantize: TypeError/,
    ],
  ])('calls %s bad', async (name, body, problem) => {
    const report = await run(fakeWorker(name.replaceAll(' ', '-'), body), 2);
    expect(report.bad.map((bad) => bad.problem)).toEqual([
      expect.stringMatching(problem),
      expect.stringMatching(problem),
    ]);
  });
});
