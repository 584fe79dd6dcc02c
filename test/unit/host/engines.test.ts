import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEngines, type Engines } from '../../../src/host/engines';

const FAKE_ENGINE = new URL('./fakes/fakeEngine.mjs', import.meta.url);

let folder: string;
let engines: Engines;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'engines-'));
  for (const name of ['reader.js', 'engine.js']) writeFileSync(join(folder, name), `import('${FAKE_ENGINE.href}');`);
  const options = { cancelTimeoutMs: () => 800, idleTimeoutMs: () => 0, onLog: () => undefined };
  engines = createEngines(folder, options);
});

afterEach(async () => {
  await Promise.all([engines.reader.dispose(), engines.runner.dispose()]);
  rmSync(folder, { recursive: true });
});

/** Begins a run whose native code never returns. */
async function blockRunner(): Promise<void> {
  await new Promise<void>((begun) => {
    const params = { model: join(folder, 'hang.onnx'), settings: { mode: 'static' }, synthetic: true } as const;
    const run = engines.runner.request('model/quantize', params, { onProgress: () => begun() });
    run.catch(() => undefined);
  });
}

describe('the two engines', () => {
  it('are two processes, of which the one that runs models starts with the first run', async () => {
    const { pid } = await engines.reader.request('engine/hello', {});
    expect(engines.runner.pid).toBeUndefined();
    expect((await engines.runner.request('engine/hello', {})).pid).not.toBe(pid);
  });

  it('read a model while a run blocks its own thread', async () => {
    await blockRunner();
    expect(await engines.reader.request('model/inspect', { path: 'a.onnx' })).toMatchObject({ path: 'a.onnx' });
    expect(engines.runner.isBusy).toBe(true);
  });

  it('keep reading when a run crashes', async () => {
    const { pid } = await engines.reader.request('engine/hello', {});
    await blockRunner();
    process.kill(engines.runner.pid ?? 0, 'SIGSEGV');
    await expect.poll(() => engines.runner.isBusy).toBe(false);
    expect((await engines.reader.request('engine/hello', {})).pid).toBe(pid);
  });
});
