import { describe, expect, it } from 'vitest';
import { parseInputOptions, readInputOptions } from '../../../src/data/inputOptions';
import { syntheticSamples } from '../../../src/data/syntheticSamples';
import type { TensorInfo } from '../../../src/onnx/tensorValue';
import { collect, input, plain, temporaryFolder, writeFile } from './fixtures';

describe('syntheticSamples', () => {
  it('gives the same samples for the same seed, and different ones within', async () => {
    const values = async (seed: number): Promise<unknown[]> =>
      (await collect(syntheticSamples([input('x', ['n', 3])], 2, seed))).map((sample) => plain(sample, 'x')?.data);
    const [first, second] = await values(1);
    expect(first).not.toEqual(second);
    expect(await values(1)).toEqual([first, second]);
    expect(await values(2)).not.toEqual([first, second]);
  });

  it('draws floats from a standard normal', async () => {
    const sample = await syntheticSamples([input('x', [1, 20_000])], 1).read(0);
    const values = [...(sample.inputs.x?.data as Float32Array)];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('keeps integers to what is valid as index, mask or pixel', async () => {
    const types = ['int64', 'int32', 'uint8', 'bool', 'string'] as const;
    const sample = await syntheticSamples(
      types.map((type) => input(type, [200], type)),
      1,
    ).read(0);
    const ranges = types.map((type) => [...new Set([...(sample.inputs[type]?.data ?? [])].map(String))].sort());
    expect([ranges[0], ranges[1], ranges[3], ranges[4]]).toEqual([['0', '1'], ['0', '1'], ['1'], ['']]);
    expect(Math.max(...(ranges[2] ?? []).map(Number))).toBeGreaterThan(200);
  });

  it('takes shapes and constants, and gives a named dimension one size everywhere', async () => {
    const inputs = [input('ids', ['n', 's'], 'int64'), input('mask', ['n', 's'], 'int64'), input('state', [2, 'n'])];
    const sample = await syntheticSamples(inputs, 1, 0, parseInputOptions(['ids=1x3'], ['mask=1', 'state=0'])).read(0);
    expect([sample.inputs.ids?.dims, plain(sample, 'mask'), plain(sample, 'state')]).toEqual([
      [1, 3],
      { type: 'int64', dims: [1, 3], data: [1n, 1n, 1n] },
      { type: 'float32', dims: [2, 1], data: [0, 0] },
    ]);
  });

  it.each<[string, TensorInfo, string[], string[], string, string]>([
    [
      'an unknown dimension',
      input('x', ['n', 3, 'h', null]),
      [],
      [],
      'unknown-shape',
      'Give it with --shape x=Nx3xNxN',
    ],
    ['a shape that contradicts', input('x', ['n', 3]), ['x=1x4'], [], 'bad-option', 'does not fit input "x"'],
    ['a shape of another rank', input('x', ['n', 3]), ['x=3'], [], 'bad-option', 'does not fit input "x"'],
    ['a shape for no input', input('x', ['n', 3]), ['y=1x3'], [], 'bad-option', 'names the input "y"'],
    ['a constant for no input', input('x', ['n', 3]), [], ['y=1'], 'bad-option', 'names the input "y"'],
    [
      'a constant out of range',
      input('x', [1], 'uint8'),
      [],
      ['x=300'],
      'bad-option',
      '300 is not a value of input "x"',
    ],
    ['an absurd size', input('x', ['n', 's']), ['x=99999x99999'], [], 'bad-option', 'too large'],
    ['a type without values', input('x', [1], 'unknown'), [], [], 'bad-input', 'cannot be generated'],
  ])('refuses %s at once', (_, info, shapes, fills, code, message) => {
    expect(() => syntheticSamples([info], 1, 0, parseInputOptions(shapes, fills))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }) as Error,
    );
  });
});

describe('parseInputOptions', () => {
  it('reads shapes, scalars and truth values', () => {
    expect(parseInputOptions(['a=1x576', 'b='], ['c=1.5e3', 'd=true', 'e=f=2'])).toEqual({
      shapes: { a: [1, 576], b: [] },
      fills: { c: 1500, d: 1, 'e=f': 2 },
    });
  });

  it.each(['a', '=1', 'a=1x', 'a=-1', 'a=1.5'])('refuses --shape %s', (text) => {
    expect(() => parseInputOptions([text], [])).toThrow('Write it like --shape NAME=1x576');
  });

  it.each(['a', 'a=', 'a=x', 'a=Infinity'])('refuses --fill %s', (text) => {
    expect(() => parseInputOptions([], [text])).toThrow('Write it like --fill NAME=16000');
  });
});

describe('readInputOptions', () => {
  it('reads what inputs.json beside the model says about it', async () => {
    const folder = temporaryFolder();
    writeFile(folder, 'inputs.json', '{ "m.onnx": { "a": { "dims": [1, 576], "value": 0 }, "b": { "value": true } } }');
    expect(await readInputOptions(`${folder}/m.onnx`)).toEqual({ shapes: { a: [1, 576] }, fills: { a: 0, b: 1 } });
    expect(await readInputOptions(`${folder}/other.onnx`)).toEqual({ shapes: {}, fills: {} });
  });

  it('says nothing without the file', async () => {
    expect(await readInputOptions(`${temporaryFolder()}/m.onnx`)).toEqual({ shapes: {}, fills: {} });
  });

  it.each([
    ['broken JSON', '{', 'is not understood'],
    ['an unknown key', '{ "m.onnx": { "a": { "dim": [1] } } }', 'at "m.onnx.a"'],
    ['a negative size', '{ "m.onnx": { "a": { "dims": [-1] } } }', 'at "m.onnx.a.dims.0"'],
  ])('refuses %s', async (_, text, message) => {
    const folder = temporaryFolder();
    writeFile(folder, 'inputs.json', text);
    await expect(readInputOptions(`${folder}/m.onnx`)).rejects.toThrow(message);
  });
});
