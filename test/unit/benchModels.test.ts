import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SCRIPT = join(__dirname, '../../bench/models/make.mjs');
const WIDTH = 40;
const LAYERS = 3;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-bench-models-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function make(...args: string[]): void {
  execFileSync(process.execPath, [SCRIPT, ...args, '--out', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
}

async function run(name: string, dims: number[]): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(join(folder, `${name}.onnx`), { intraOpNumThreads: 1 });
  const values = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, index) => Math.sin(index));
  const { output } = await session.run({ input: new ort.Tensor('float32', values, dims) });
  // Every model made here has a float32 output of this name.
  return output?.data as Float32Array;
}

describe('bench models', () => {
  it('makes a ResNet-18 of full size that computes the same with batch normalization folded and kept', async () => {
    make('resnet18', 'resnet18-bn');

    const folded = await run('resnet18', [2, 3, 224, 224]);
    const kept = await run('resnet18-bn', [2, 3, 224, 224]);

    expect(statSync(join(folder, 'resnet18.onnx')).size / 2 ** 20).toBeCloseTo(44.6, 1);
    expect(folded).toHaveLength(2000);
    expect(Math.max(...folded.map((value, index) => Math.abs(value - (kept[index] ?? NaN))))).toBeLessThan(1e-4);
    expect(Math.max(...folded)).toBeGreaterThan(0.1);
  });

  it('writes the same layers into the model and, dense, into a data file beside it', async () => {
    make('mlp', 'mlp-external', '--dense', '--width', String(WIDTH), '--layers', String(LAYERS));

    const inFile = await run('mlp', [2, WIDTH]);
    const external = await run('mlp-external', [2, WIDTH]);

    expect(Math.max(...inFile)).toBeGreaterThan(0.01);
    expect(external).toEqual(inFile);
  });

  it('leaves holes after the first layer of a data file that is not dense', () => {
    make('mlp-external', '--force', '--width', String(WIDTH), '--layers', String(LAYERS));

    const data = readFileSync(join(folder, 'mlp-external.onnx.data'));
    expect(data.subarray(0, 4 * WIDTH * WIDTH).some((byte) => byte !== 0)).toBe(true);
    expect(data.subarray(4 * WIDTH * WIDTH).every((byte) => byte === 0)).toBe(true);
    expect(readdirSync(folder).filter((file) => file.endsWith('.partial'))).toEqual([]);
  });

  it('refuses a name that it does not know, naming those it does', () => {
    expect(() => {
      make('resnet51');
    }).toThrow(/Unknown model: resnet51[^]*resnet18, resnet18-bn[^]*mlp, mlp-external/);
  });
});
