import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  comparisonsIn,
  freshComparison,
  keepComparison,
  keepLayers,
  readComparison,
} from '../../../../src/host/comparison/comparisonRecords';
import { dataNoteText } from '../../../../src/host/comparison/dataNoteText';
import type { CompareResult } from '../../../../src/protocol';

let folder: string;
let before: string;
let after: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-records-'));
  before = join(folder, 'm.onnx');
  after = join(folder, 'm.int8.onnx');
  for (const path of [before, after]) writeFileSync(path, 'model');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function result(): CompareResult {
  const spread = { median: 1, low: 1, high: 1 };
  const latency = { beforeMs: spread, afterMs: spread, speedup: spread, pairs: 3, threads: 1, batchSize: 1 };
  return {
    before: { path: before, sizeBytes: 10, parameterCount: 4 },
    after: { path: after, sizeBytes: 5, parameterCount: 4 },
    data: { description: 'samples', synthetic: false, skipped: [], notes: [] },
    comparison: { samples: 8, batchSize: 1, fidelity: [], nonFinite: { before: 0, after: 0 } },
    latency,
  };
}

const LATER = new Date(Date.now() + 60_000);

describe('kept comparisons', () => {
  it('overwrite none of an earlier time, and come back newest first', async () => {
    const first = await keepComparison(result(), '/data', new Date(0));
    const second = await keepComparison(result(), '/data', LATER);
    expect(readdirSync(join(folder, '.onnx-press', 'comparisons')).sort()).toEqual([
      'm.int8-m-2.comparison.json',
      'm.int8-m.comparison.json',
    ]);
    expect((await comparisonsIn(folder)).map(({ path }) => path)).toEqual([second.path, first.path]);
  });

  it('are fresh until a model changes, for the same data', async () => {
    const kept = await keepComparison(result(), '/data', LATER);
    expect((await freshComparison(before, after, '/data'))?.path).toBe(kept.path);
    expect(await freshComparison(before, after, '/other')).toBeUndefined();
    const muchLater = new Date(LATER.getTime() + 60_000);
    utimesSync(after, muchLater, muchLater);
    expect(await freshComparison(before, after, '/data')).toBeUndefined();
  });

  it('take the error of layers in', async () => {
    const kept = await keepComparison(result(), undefined, LATER);
    const layers = { before, after, data: result().data, samples: 8, layers: [] };
    keepLayers(kept, layers);
    expect((await readComparison(kept.path)).record.layers).toEqual(layers);
  });

  it('of earlier versions keep the words of their notes', async () => {
    const kept = await keepComparison(result(), undefined, LATER);
    const written = { ...kept.record, result: { ...result(), data: { ...result().data, notes: ['As written.'] } } };
    writeFileSync(kept.path, JSON.stringify(written));
    const { notes } = (await readComparison(kept.path)).record.result.data;
    expect(notes.map(dataNoteText)).toEqual(['As written.']);
  });

  it.each(['{}', 'no JSON', '{"format":"onnx-press-comparison","version":1}'])('refuse %s', async (text) => {
    const path = join(folder, 'x.comparison.json');
    writeFileSync(path, text);
    await expect(readComparison(path)).rejects.toMatchObject({ code: 'bad-report' });
  });
});
