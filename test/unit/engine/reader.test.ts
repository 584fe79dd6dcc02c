import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngines, type Engines } from '../../../src/host/engines';

const MODEL = join(process.cwd(), 'media/sample/digits.onnx');

let folder: string;
let reader: Engines['reader'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reader-'));
  await build({
    entryPoints: ['src/engine/reader.ts'],
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['onnxruntime-node', 'sharp'],
  });
  const options = { cancelTimeoutMs: () => 800, idleTimeoutMs: () => 0, onLog: () => undefined };
  ({ reader } = createEngines(folder, options));
});

afterAll(async () => {
  await reader.dispose();
  rmSync(folder, { recursive: true });
});

describe('the engine that reads', () => {
  it('answers whatever the host asks it about a model', async () => {
    const path = MODEL;
    const { graphs } = await reader.request('graph/load', { path });
    const tensors = graphs[0]?.tensors ?? [];
    const tensor = tensors.findIndex(({ weight }) => weight !== undefined);
    const ref = { path, graph: 0, tensor };
    expect((await reader.request('graph/weight', ref)).elements).toBe(tensors[tensor]?.weight?.elements);
    expect((await reader.request('graph/weightPage', { ...ref, offset: 0, count: 4 })).values).toHaveLength(4);
    await reader.request('graph/exportWeight', { ...ref, output: join(folder, 'weight.npy') });
    expect(readFileSync(join(folder, 'weight.npy')).subarray(1, 6).toString()).toBe('NUMPY');
    expect(await reader.request('graph/activation', { path, tensor: tensors[0]?.name ?? '' })).toBeNull();
    for (const overlay of ['range', 'latency', 'sensitivity'] as const) {
      expect(await reader.request('graph/overlay', { path, overlay })).toBeNull();
    }
    expect(await reader.request('graph/mapping', { first: path, second: path })).toBeNull();
    expect(await reader.request('train/unfinished', { model: path })).toBeNull();
    expect(await reader.request('model/inspect', { path })).toMatchObject({ nodeCount: graphs[0]?.nodes.length });
  });

  it.runIf(process.platform === 'linux')('has loaded no native code for all that', () => {
    const libraries = readFileSync(`/proc/${reader.pid}/maps`, 'utf8').match(/\S+\.node$/gm) ?? [];
    expect(libraries).toEqual([]);
  });

  it('knows no request that would run a model', async () => {
    // As if the types did not forbid it.
    const asAny = reader as unknown as Engines['runner'];
    for (const method of ['graph/shapes', 'graph/coupling'] as const) {
      await expect(asAny.request(method, { path: MODEL })).rejects.toMatchObject({ code: 'internal' });
    }
  });
});
