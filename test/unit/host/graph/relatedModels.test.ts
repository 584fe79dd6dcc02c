import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inReadingOrder, relatedModels } from '../../../../src/host/graph/relatedModels';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'related-'));
  for (const name of ['a.onnx', 'a.int8.onnx', 'a.fp16.onnx', 'b.onnx']) writeFileSync(at(name), '');
  report('a.int8', at('a.onnx'), at('a.int8.onnx'));
  report('a.fp16', 'a.onnx', 'a.fp16.onnx');
  report('gone', at('a.onnx'), at('a.gone.onnx'));
  writeFileSync(at('lint.report.json'), '{"errors": []}');
  writeFileSync(at('broken.report.json'), '{');
});

afterEach(() => rmSync(folder, { recursive: true }));

function report(stem: string, source: string, output: string): void {
  const content = { format: 'onnx-press-report', source: { path: source }, output: { path: output } };
  writeFileSync(at(`${stem}.report.json`), JSON.stringify(content));
}

it('finds what was made from a model and what it was made from', async () => {
  expect(await relatedModels(at('a.onnx'))).toEqual([
    { path: at('a.fp16.onnx'), relation: 'compressed' },
    { path: at('a.int8.onnx'), relation: 'compressed' },
  ]);
  expect(await relatedModels(at('a.int8.onnx'))).toEqual([{ path: at('a.onnx'), relation: 'original' }]);
  expect(await relatedModels(at('b.onnx'))).toEqual([]);
  expect(await relatedModels(join(folder, 'none', 'c.onnx'))).toEqual([]);
});

it('puts the original first, and leaves other pairs as they were given', async () => {
  expect(await inReadingOrder(at('a.int8.onnx'), at('a.onnx'))).toEqual([at('a.onnx'), at('a.int8.onnx')]);
  expect(await inReadingOrder(at('a.onnx'), at('a.int8.onnx'))).toEqual([at('a.onnx'), at('a.int8.onnx')]);
  expect(await inReadingOrder(at('b.onnx'), at('a.onnx'))).toEqual([at('b.onnx'), at('a.onnx')]);
});
