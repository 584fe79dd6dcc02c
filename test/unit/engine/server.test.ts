import { PassThrough } from 'node:stream';
import {
  CancellationTokenSource,
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineHandlers } from '../../../src/engine/handlers';
import { serveEngine } from '../../../src/engine/server';
import { CancelledError, PressError, throwIfCancelled } from '../../../src/util/pressError';

const connections: MessageConnection[] = [];

afterEach(() => {
  for (const connection of connections.splice(0)) connection.dispose();
});

/** A client's connection to a server that answers with `quantize`. */
function connect(quantize: EngineHandlers['model/quantize']): MessageConnection {
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  const server = createMessageConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient));
  const client = createMessageConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  connections.push(server, client);
  serveEngine(server, {
    'engine/hello': () => Promise.resolve({ version: '1', pid: 7 }),
    'model/inspect': () => Promise.reject(new Error('unused')),
    'model/quantize': quantize,
  });
  server.listen();
  client.listen();
  return client;
}

const CALL = { id: 5, params: { model: 'm.onnx', settings: { mode: 'static' } } };

describe('serveEngine', () => {
  it('hands the params to the handler and its answer back', async () => {
    const client = connect((params) => Promise.resolve({ outputPath: params.model } as never));
    expect(await client.sendRequest('model/quantize', CALL)).toEqual({ outputPath: 'm.onnx' });
    expect(await client.sendRequest('engine/hello', { id: 6, params: {} })).toEqual({ version: '1', pid: 7 });
  });

  it('sends progress under the id of the call, and log lines', async () => {
    const client = connect((_params, { onProgress, log }) => {
      onProgress({ stage: 'read', done: 0, total: 2 });
      onProgress({ stage: 'read', done: 2, total: 2 });
      log('warning', 'Something is odd.');
      return Promise.resolve({} as never);
    });
    const received: unknown[] = [];
    client.onNotification('engine/progress', (progress) => received.push(progress));
    client.onNotification('engine/log', (entry) => received.push(entry));
    await client.sendRequest('model/quantize', CALL);
    expect(received).toEqual([
      { id: 5, stage: 'read', done: 0, total: 2 },
      { id: 5, stage: 'read', done: 2, total: 2 },
      { level: 'warning', message: 'Something is odd.' },
    ]);
  });

  it('answers a PressError with its code and details in the data of the response', async () => {
    const client = connect(() => Promise.reject(new PressError('bad-dataset', 'No labels.', { path: 'd.json' })));
    await expect(client.sendRequest('model/quantize', CALL)).rejects.toMatchObject({
      message: 'No labels.',
      data: { code: 'bad-dataset', message: 'No labels.', details: { path: 'd.json' } },
    });
  });

  it('answers anything else that is thrown as internal, with the stack', async () => {
    const client = connect(() => {
      throw new TypeError('x is undefined');
    });
    await expect(client.sendRequest('model/quantize', CALL)).rejects.toMatchObject({
      data: { code: 'internal', message: 'x is undefined', details: { stack: expect.stringContaining('TypeError') } },
    });
  });

  it('turns a cancellation into the abort signal of the run', async () => {
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const client = connect(
      (_params, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new CancelledError()));
          begin();
        }),
    );
    const source = new CancellationTokenSource();
    const answer = client.sendRequest('model/quantize', CALL, source.token);
    answer.catch(() => undefined);
    await begun;
    source.cancel();
    await expect(answer).rejects.toMatchObject({ data: { code: 'cancelled' } });
  });

  it('does not begin a run that is cancelled before it is served', async () => {
    let runs = 0;
    const client = connect((_params, { signal }) => {
      runs++;
      throwIfCancelled(signal);
      return Promise.resolve({} as never);
    });
    const source = new CancellationTokenSource();
    const answer = client.sendRequest('model/quantize', CALL, source.token);
    source.cancel();
    await expect(answer).rejects.toMatchObject({ data: { code: 'cancelled' } });
    expect(runs).toBe(0);
  });
});
