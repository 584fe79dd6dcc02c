import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineClient } from '../../../src/host/engineClient';
import type { QuantizeParams } from '../../../src/protocol';
import { CancelledError, PressError } from '../../../src/util/pressError';
import type { Progress } from '../../../src/util/progress';
import { isAlive } from '../../fixtures/isAlive';

const FAKE_ENGINE = fileURLToPath(new URL('./fakes/fakeEngine.mjs', import.meta.url));

let folder: string;
let client: EngineClient;
let logged: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'engine-client-'));
  logged = [];
  client = createClient({ idleTimeoutMs: 0 });
});

afterEach(async () => {
  await client.dispose();
  rmSync(folder, { recursive: true });
});

function createClient({ idleTimeoutMs }: { idleTimeoutMs: number }): EngineClient {
  return new EngineClient({
    name: 'fake',
    enginePath: FAKE_ENGINE,
    cancelTimeoutMs: () => 800,
    idleTimeoutMs: () => idleTimeoutMs,
    onLog: (level, message) => logged.push(`${level}: ${message}`),
  });
}

function params(name: string): QuantizeParams {
  return { model: join(folder, name), settings: { mode: 'static' }, synthetic: true };
}

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Starts a run that blocks the engine's thread, and waits until it has begun. */
async function startHang(signal?: AbortSignal): Promise<{ run: Promise<unknown>; pid: number }> {
  let begun = false;
  const options = { onProgress: () => (begun = true), ...(signal === undefined ? {} : { signal }) };
  const run = client.request('model/quantize', params('hang.onnx'), options);
  run.catch(() => undefined);
  await waitUntil(() => begun);
  return { run, pid: client.pid ?? -1 };
}

describe('EngineClient', () => {
  it('starts no process before the first request and one for all requests after it', async () => {
    expect(client.pid).toBeUndefined();
    const answers = await Promise.all([
      client.request('engine/hello', {}),
      client.request('model/inspect', { path: 'a.onnx' }),
      client.request('model/inspect', { path: 'b.onnx' }),
    ]);
    expect(answers).toEqual([
      { version: 'fake', pid: client.pid },
      { path: 'a.onnx', pid: client.pid },
      { path: 'b.onnx', pid: client.pid },
    ]);
  });

  it('starts its process ahead of the first request when it is told to', async () => {
    client.warmUp();
    const { pid } = client;
    expect(pid).toEqual(expect.any(Number));
    client.warmUp();
    expect(await client.request('engine/hello', {})).toEqual({ version: 'fake', pid });
  });

  it('passes the progress of a request to its own listener', async () => {
    const mine: Progress[] = [];
    const others: Progress[] = [];
    await Promise.all([
      client.request('model/quantize', params('progress.onnx'), { onProgress: (step) => mine.push(step) }),
      client.request('model/inspect', { path: 'a.onnx' }, { onProgress: (step) => others.push(step) }),
    ]);
    expect(mine).toEqual([0, 1, 2, 3].map((done) => ({ stage: 'calibrate', done, total: 3 })));
    expect(others).toEqual([]);
  });

  it('rejects with the code, message and details of the engine', async () => {
    const error: unknown = await client.request('model/quantize', params('refused.onnx')).catch((caught) => caught);
    expect(error).toBeInstanceOf(PressError);
    expect(error).toMatchObject({ code: 'no-data', message: 'There is no data.', details: { model: 'refused.onnx' } });
  });

  it('rejects a request that the engine does not know', async () => {
    const params = { first: 'a.onnx', second: 'b.onnx' };
    await expect(client.request('graph/mapping', params)).rejects.toMatchObject({ code: 'internal' });
  });

  it('logs what native code writes to standard error', async () => {
    await client.request('engine/hello', {});
    await waitUntil(() => logged.includes('warning: a line from native code'));
  });

  it('rejects what is pending with engine-stopped when native code crashes, removes its half file, and starts anew', async () => {
    const [crash, innocent] = await Promise.allSettled([
      client.request('model/quantize', params('crash.onnx')),
      client.request('model/quantize', params('polite.onnx')),
    ]);
    expect(crash).toMatchObject({ reason: { code: 'engine-stopped', details: { signal: 'SIGSEGV' } } });
    expect(innocent).toMatchObject({ reason: { code: 'engine-stopped' } });
    expect(readdirSync(folder)).toEqual([]);
    expect(await client.request('engine/hello', {})).toMatchObject({ version: 'fake' });
  });

  it('names the exit code of an engine that ends by itself', async () => {
    await expect(client.request('model/quantize', params('exit.onnx'))).rejects.toMatchObject({
      code: 'engine-stopped',
      details: { exitCode: 3 },
    });
  });

  it('says engine-stopped when the engine cannot be started', async () => {
    await client.dispose();
    client = new EngineClient({
      name: 'missing',
      enginePath: join(folder, 'missing.js'),
      cancelTimeoutMs: () => 800,
      idleTimeoutMs: () => 0,
      onLog: () => undefined,
    });
    await expect(client.request('engine/hello', {})).rejects.toMatchObject({ code: 'engine-stopped' });
  });

  it('cancels an engine that listens without ending it', async () => {
    const { pid } = await client.request('engine/hello', {});
    const controller = new AbortController();
    const run = client.request('model/quantize', params('polite.onnx'), { signal: controller.signal });
    controller.abort();
    await expect(run).rejects.toBeInstanceOf(CancelledError);
    expect(client.pid).toBe(pid);
  });

  it('does not report what goes wrong after a cancellation', async () => {
    const controller = new AbortController();
    const run = client.request('model/quantize', params('stubborn.onnx'), { signal: controller.signal });
    controller.abort();
    await expect(run).rejects.toBeInstanceOf(CancelledError);
  });

  it('is busy from the request to its answer', async () => {
    expect(client.isBusy).toBe(false);
    const request = client.request('engine/hello', {});
    expect(client.isBusy).toBe(true);
    await request;
    expect(client.isBusy).toBe(false);
  });

  it('cancels an engine that is stuck in native code within a second and leaves no half file', async () => {
    writeFileSync(join(folder, '.other.onnx.1.partial'), 'of another process');
    const controller = new AbortController();
    const { run, pid } = await startHang(controller.signal);
    const startedAt = performance.now();
    controller.abort();
    await expect(run).rejects.toBeInstanceOf(CancelledError);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(folder)).toEqual(['.other.onnx.1.partial']);
    expect(await client.request('engine/hello', {})).not.toMatchObject({ pid });
  });

  it('starts the other requests again when a cancelled one takes the engine down', async () => {
    const controller = new AbortController();
    const { run, pid } = await startHang(controller.signal);
    // The thread spins by now, so this request is not answered by the first engine.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const inspection = client.request('model/inspect', { path: 'a.onnx' });
    controller.abort();
    await expect(run).rejects.toBeInstanceOf(CancelledError);
    expect(await inspection).not.toMatchObject({ pid });
  });

  it('sends nothing when the signal has fired already', async () => {
    const run = client.request('model/inspect', { path: 'a.onnx' }, { signal: AbortSignal.abort() });
    await expect(run).rejects.toBeInstanceOf(CancelledError);
    expect(client.pid).toBeUndefined();
  });

  it('ends the process and cancels what is pending when stopped', async () => {
    const { run, pid } = await startHang();
    await client.stop();
    await expect(run).rejects.toBeInstanceOf(CancelledError);
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses requests after dispose', async () => {
    await client.dispose();
    await expect(client.request('engine/hello', {})).rejects.toMatchObject({ code: 'engine-stopped' });
  });

  it('ends an engine without work after the idle time', async () => {
    await client.dispose();
    client = createClient({ idleTimeoutMs: 50 });
    const { pid } = await client.request('engine/hello', {});
    await waitUntil(() => !isAlive(pid));
    expect(client.pid).toBeUndefined();
    expect(await client.request('engine/hello', {})).toMatchObject({ version: 'fake' });
  });
});
