import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { PrunePreviewParams } from '../../../src/protocol';
import { previewPruning } from '../../../src/recipe/prunePreview';

const folder = mkdtempSync(join(tmpdir(), 'onnx-press-preview-'));
const model = join(folder, 'digits.onnx');
copyFileSync('media/sample/digits.onnx', model);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function context(): Parameters<typeof previewPruning>[1] {
  return {
    signal: new AbortController().signal,
    onProgress: () => undefined,
    log: () => undefined,
    latencySeconds: 0.05,
  };
}

function ask(options: Partial<PrunePreviewParams>): PrunePreviewParams {
  return { model, synthetic: true, method: 'channel', amounts: [0.1, 0.5], ...options };
}

describe('the preview of a pruning', () => {
  it('expects less work and fewer bytes the more channels go, and writes nothing', async () => {
    const { macs, sizeBytes, rows, groups } = await previewPruning(ask({}), context());
    const [little, much] = rows;
    expect(groups.some(({ protection }) => protection === undefined)).toBe(true);
    expect(rows.map(({ amount }) => amount)).toEqual([0.1, 0.5]);
    expect(little?.macs).toBeLessThan(macs);
    expect(much?.macs).toBeLessThan((little?.macs ?? 0) * 0.9);
    expect(much?.sizeBytes).toBeLessThan((little?.sizeBytes ?? 0) * 0.9);
    expect(little?.sizeBytes).toBeLessThan(sizeBytes);
    expect(readdirSync(folder)).toEqual(['digits.onnx']);
  });

  it('leaves protected groups alone', async () => {
    const free = await previewPruning(ask({ amounts: [0.5] }), context());
    const names = free.groups.filter(({ protection }) => protection === undefined).map(({ group }) => group);
    const held = await previewPruning(ask({ amounts: [0.5], protect: names.slice(0, 1) }), context());
    expect(held.groups.find(({ group }) => group === names[0])?.protection).toContain(names[0]);
    expect(held.rows[0]?.macs).not.toBe(free.rows[0]?.macs);
  });

  it('has no figures for masks, which change neither work nor size', async () => {
    const { macs, rows, groups } = await previewPruning(ask({ method: 'magnitude' }), context());
    expect(macs).toBeGreaterThan(0);
    expect([rows, groups]).toEqual([[], []]);
  });
});
