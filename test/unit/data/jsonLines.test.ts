import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/openDataset';
import type { TensorInfo } from '../../../src/onnx/tensorValue';
import { collect, input, plain, temporaryFolder, writeFile } from './fixtures';

function open(text: string, inputs: readonly TensorInfo[]): ReturnType<typeof openDataset> {
  return openDataset(writeFile(temporaryFolder(), 'a.jsonl', text), inputs);
}

describe('JSON Lines', () => {
  it('reads nested arrays, scalars and labels, with blank lines and a last line without end', async () => {
    const inputs = [input('ids', ['n', 's'], 'int64'), input('rate', [], 'float32')];
    const text =
      '\uFEFF{"ids": [[1, 2]], "rate": 0.5, "label": 3}\r\n\n  \n{"ids": [7, 8, 9], "rate": 2, "label": 0, "é": 1}';
    const samples = await collect(await open(text, inputs));
    expect(samples.map((sample) => [sample.label, plain(sample, 'ids'), plain(sample, 'rate')?.data])).toEqual([
      [3, { type: 'int64', dims: [1, 2], data: [1n, 2n] }, [0.5]],
      [0, { type: 'int64', dims: [1, 3], data: [7n, 8n, 9n] }, [2]],
    ]);
    expect(samples[1]?.source).toMatch(/a\.jsonl:4$/);
  });

  it('reads strings and booleans', async () => {
    const inputs = [input('text', ['n'], 'string'), input('mask', ['n', 2], 'bool')];
    const sample = await (await open('{"text": "hello", "mask": [true, false]}', inputs)).read(0);
    expect([plain(sample, 'text'), plain(sample, 'mask')]).toEqual([
      { type: 'string', dims: [1], data: ['hello'] },
      { type: 'bool', dims: [1, 2], data: [1, 0] },
    ]);
  });

  it('finds lines across the chunks that it scans', async () => {
    const long = ' '.repeat(1024 * 1024 - 5);
    const samples = await collect(await open(`{"x": 1}${long}\n{"x": 2}\n`, [input('x', [])]));
    expect(samples.map((sample) => plain(sample, 'x')?.data)).toEqual([[1], [2]]);
  });

  it.each([
    ['a broken first line', '{"x": [1, 2}', ':1:12 is not valid JSON'],
    ['an array', '[1]', ':1 is not a JSON object'],
    ['unknown names', '{"y": 1}', 'names none of the model\'s inputs ("x")'],
    ['nothing', '\n\n', 'holds no samples'],
  ])('refuses %s when it is opened', async (_, text, message) => {
    await expect(open(text, [input('x', ['n', 2])])).rejects.toThrow(message);
  });

  it.each([
    ['a missing input', '{"label": 1}', ':2 has a wrong "x": it is missing'],
    ['a wrong length', '{"x": [1], "label": 1}', 'its shape is [1]. Input "x" is int32 [n, 2]'],
    ['ragged arrays', '{"x": [[1, 2], [3]], "label": 1}', 'its nested arrays differ'],
    ['arrays in arrays without end', `{"x": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'its shape is [1, 1, 1]'],
    ['a line of brackets', '['.repeat(100_000), ':2:1 is not valid JSON: it is nested too deeply'],
    ['null', '{"x": [1, null], "label": 1}', 'null is not a number'],
    ['a fraction', '{"x": [1, 0.5], "label": 1}', '0.5 is not a value of type int32'],
    ['a missing label', '{"x": [1, 2]}', ':2 has no whole number as "label"'],
    ['a broken line', '{"x": [1, 2]', ':2:13 is not valid JSON'],
  ])('refuses %s in a later line, naming it', async (_, line, message) => {
    const dataset = await open(`{"x": [1, 2], "label": 1}\n${line}\n`, [input('x', ['n', 2], 'int32')]);
    await expect(dataset.read(1)).rejects.toThrow(message);
  });
});
