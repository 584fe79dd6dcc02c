import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorText } from '../../../src/host/errorText';
import { inspectionText } from '../../../src/host/inspectionText';
import { createProgressText, durationText, stageText } from '../../../src/host/progressText';
import { summaryText } from '../../../src/host/summaryText';
import { PressError, type PressErrorCode } from '../../../src/util/pressError';
import { sampleReport } from '../../webview/sampleReport';

describe('errorText', () => {
  it('names the file and what to do next', () => {
    const error = new PressError('already-quantized', 'It is quantized.', {});
    expect(errorText(error, '/models/a.onnx')).toBe(
      'a.onnx is quantized already. Start from the original floating-point model.',
    );
  });

  it('says how the engine ended', () => {
    const text = (details: PressError['details']): string =>
      errorText(new PressError('engine-stopped', 'Stopped.', details), '/models/a.onnx');
    expect(text({ signal: 'SIGSEGV' })).toContain('while working on a.onnx (signal SIGSEGV)');
    expect(text({ exitCode: 3 })).toContain('while working on a.onnx (exit code 3)');
    expect(text({ reason: 'spawn failed' })).toContain('while working on a.onnx (spawn failed)');
  });

  it('says what weights only could do for a model of convolutions', () => {
    const text = (details: PressError['details']): string =>
      errorText(new PressError('nothing-to-quantize', 'Add --include-conv.', details), '/models/a.onnx');
    expect(text({ option: 'includeConv' })).toMatch(/^Weights only has nothing to do in a.onnx but to store its conv/);
    expect(text({})).toBe(
      'Nothing in a.onnx can be quantized this way. Try another preset. Details: Add --include-conv.',
    );
  });

  it('says what stands in for a model, and what is too large to copy', () => {
    const text = (code: PressErrorCode, details: PressError['details'] = {}): string =>
      errorText(new PressError(code, 'In English.', details), '/models/a.onnx');
    expect(text('git-lfs')).toMatch(/^This is a Git LFS pointer, not a.onnx itself\. .*git lfs pull/);
    expect(text('too-large', { limitBytes: 200 * 1024 * 1024 })).toMatch(
      /^This version of a.onnx is larger than 2\d\d MB/,
    );
    expect(text('past-version')).toMatch(/^This graph shows a.onnx as it was at another time/);
  });

  it('keeps the reason of the engine and takes anything else for a defect', () => {
    expect(errorText(new PressError('bad-dataset', 'Row 3 has no label.'), '/m/a.onnx')).toBe(
      'The data for a.onnx cannot be used. Details: Row 3 has no label.',
    );
    expect(errorText(new TypeError('x is undefined'), '/m/a.onnx')).toBe(
      'a.onnx: something went wrong inside ONNX Press. Please report it with the log. Details: x is undefined',
    );
  });
});

describe('stageText', () => {
  it('has a text for every stage that a pipeline reports', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const stages = files.flatMap((name) =>
      [...readFileSync(`src/${name}`, 'utf8').matchAll(/\bstage: '(\w+)'/g)].map(([, stage]) => stage ?? ''),
    );
    expect(stages).toContain('calibrate');
    expect([...new Set(stages)].filter((stage) => stageText(stage) === stage)).toEqual([]);
  });
});

describe('summaryText', () => {
  it('gives size, speed and accuracy', () => {
    expect(summaryText(sampleReport())).toBe(
      'digits.int8.onnx is ready: 400 KB → 110 KB, 3.00× as fast, accuracy 98.00 % → 97.90 %.',
    );
  });

  it('gives the next best figure where accuracy is not known', () => {
    const lastPart = (changes: Parameters<typeof sampleReport>[0]): string | undefined =>
      summaryText(sampleReport({ accuracy: undefined, latency: undefined, ...changes }))
        .split(', ')
        .at(-1);
    expect(lastPart({})).toBe('same class as the original for 99.70 %.');
    expect(lastPart({ agreement: undefined })).toBe('output SQNR 31.2 dB.');
    expect(lastPart({ agreement: undefined, fidelity: [] })).toBe('identical output.');
    expect(lastPart({ uncalibrated: true })).toBe('uncalibrated: accuracy was not measured.');
  });
});

describe('createProgressText', () => {
  it('counts, and after a second gives rate and remaining time of the stage', () => {
    let now = 0;
    const describeStep = createProgressText(() => now);
    const at = (ms: number, stage: string, done: number, total: number): string => {
      now = ms;
      return describeStep({ stage, done, total });
    };
    expect([
      at(0, 'read', 0, 0),
      at(100, 'calibrate', 0, 500),
      at(600, 'calibrate', 20, 500),
      at(2100, 'calibrate', 100, 500),
      at(10_100, 'calibrate', 500, 500),
      at(11_000, 'sharpen', 0, 3),
      at(13_000, 'sharpen', 1, 3),
    ]).toEqual([
      'Reading the model',
      'Calibrating · 0/500',
      'Calibrating · 20/500',
      'Calibrating · 100/500 · 50/s · 8 s left',
      'Calibrating · 500/500 · 50/s',
      'sharpen · 0/3',
      'sharpen · 1/3 · 0.5/s · 4 s left',
    ]);
  });

  it('writes durations in two units at most', () => {
    expect([0.2, 59, 60, 125, 3600, 4380].map(durationText)).toEqual([
      '1 s',
      '59 s',
      '1 min 0 s',
      '2 min 5 s',
      '1 h 0 min',
      '1 h 13 min',
    ]);
  });
});

it('shows an inspection as aligned text', () => {
  const text = inspectionText({
    path: '/models/digits.onnx',
    sizeBytes: 400_000,
    externalBytes: 2_000_000,
    irVersion: 8,
    producer: '',
    opsets: [
      { domain: '', version: 17 },
      { domain: 'com.microsoft', version: 1 },
    ],
    inputs: [{ name: 'image', type: 'float32', dims: ['batch', 1, null, 28] }],
    outputs: [],
    nodeCount: 3,
    nodesByOp: { Relu: 1, Conv: 1, MatMul: 10 },
    functionCount: 0,
    subgraphCount: 0,
    parameterCount: 12_345,
    weightBytes: 49_380,
    quantized: false,
    compressible: [{ method: 'static int8', nodes: 2, bytes: 48_000, note: 'Conv, MatMul' }],
  });
  expect(text.split('\n')).toEqual([
    'digits.onnx',
    '',
    '  Size        400 KB + 2.00 MB external data',
    '  Parameters  12,345 (49.4 KB)',
    '  Producer    -',
    '  IR version  8',
    '  Opset       ai.onnx 17, com.microsoft 1',
    '  Nodes       3',
    '  Functions   0',
    '  Subgraphs   0',
    '  Quantized   no',
    '',
    'Inputs',
    '  image  float32  [batch, 1, ?, 28]',
    '',
    'Outputs',
    '',
    'Operators',
    '  MatMul  10',
    '  Conv    1',
    '  Relu    1',
    '',
    'What can be compressed',
    '  static int8  2 nodes  48.0 KB  Conv, MatMul',
    '',
  ]);
});
