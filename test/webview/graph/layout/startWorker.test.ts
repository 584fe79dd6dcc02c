import { afterEach, describe, expect, it, vi } from 'vitest';
import { startEarly, takeEarly } from '../../../../webview/worker/startWorker';
import { warmUp } from '../../../../webview/worker/warmUp';

class FakeWorker {
  constructor(readonly url: string) {}
}

afterEach(() => vi.unstubAllGlobals());

describe('the worker of a page', () => {
  it('is handed over once', async () => {
    vi.stubGlobal('fetch', async () => new Response('run()'));
    vi.stubGlobal('Worker', FakeWorker);
    startEarly('worker.js');
    const worker = await takeEarly();
    expect(worker).toBeInstanceOf(FakeWorker);
    expect(takeEarly()).toBeUndefined();
  });

  it('tells whoever takes it why there is none', async () => {
    vi.stubGlobal('fetch', async () => new Response('', { status: 404 }));
    startEarly('worker.js');
    await expect(takeEarly()).rejects.toThrow('could not be read (404)');
  });

  it('warms up on a graph that can be laid out', () => {
    expect(warmUp).not.toThrow();
  });
});
