import { describe, expect, it } from 'vitest';
import { answerLayout } from '../../../../webview/worker/answerLayout';
import { LayoutClient, type LayoutWorker } from '../../../../webview/worker/layoutClient';
import { transferablesOf, type LayoutRequest } from '../../../../webview/worker/messages';
import { chainOf } from './graphs';

/** A worker that answers when it is told to. */
class ManualWorker implements LayoutWorker {
  onmessage: LayoutWorker['onmessage'] = null;
  onerror: LayoutWorker['onerror'] = null;
  readonly requests: LayoutRequest[] = [];
  isTerminated = false;

  postMessage(request: LayoutRequest): void {
    this.requests.push(request);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  answerNext(): void {
    const request = this.requests.shift();
    if (!request) throw new Error('Nothing was asked.');
    this.onmessage?.({ data: answerLayout(request) } as Parameters<NonNullable<LayoutWorker['onmessage']>>[0]);
  }

  fail(message: string): void {
    this.onerror?.({ message } as ErrorEvent);
  }
}

function createClient(): { client: LayoutClient; workers: ManualWorker[] } {
  const workers: ManualWorker[] = [];
  const client = new LayoutClient(() => {
    const worker = new ManualWorker();
    workers.push(worker);
    return Promise.resolve(worker);
  });
  return { client, workers };
}

/** Lets everything that was promised happen. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('LayoutClient', () => {
  it('starts its worker before the first graph comes', () => {
    expect(createClient().workers).toHaveLength(1);
  });

  it('lays out one graph after another', async () => {
    const { client, workers } = createClient();
    const both = [client.layout(chainOf(2)), client.layout(chainOf(3))];
    await settle();
    expect(workers[0]?.requests).toHaveLength(1);
    workers[0]?.answerNext();
    await settle();
    workers[0]?.answerNext();
    expect((await Promise.all(both)).map(({ boxes }) => boxes.length / 4)).toStrictEqual([2, 3]);
  });

  it('ends the worker when the running layout is aborted, and goes on with the next', async () => {
    const { client, workers } = createClient();
    const controller = new AbortController();
    const first = client.layout(chainOf(2), controller.signal);
    const second = client.layout(chainOf(3));
    await settle();
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await settle();
    expect(workers.map(({ isTerminated }) => isTerminated)).toStrictEqual([true, false]);
    workers[1]?.answerNext();
    expect((await second).boxes).toHaveLength(12);
  });

  it('leaves the worker alone when a layout that waits is aborted', async () => {
    const { client, workers } = createClient();
    const controller = new AbortController();
    const first = client.layout(chainOf(2));
    const second = client.layout(chainOf(3), controller.signal);
    await settle();
    controller.abort(new Error('not needed'));
    await expect(second).rejects.toThrow('not needed');
    workers[0]?.answerNext();
    await first;
    await settle();
    expect(workers).toHaveLength(1);
    expect(workers[0]?.requests).toHaveLength(0);
  });

  it('rejects at once with a signal that is aborted already', async () => {
    const { client, workers } = createClient();
    await expect(client.layout(chainOf(2), AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
    expect(workers[0]?.requests).toHaveLength(0);
  });

  it('starts another worker when one stops, and says why', async () => {
    const { client, workers } = createClient();
    const first = client.layout(chainOf(2));
    await settle();
    workers[0]?.fail('out of memory');
    await expect(first).rejects.toThrow('out of memory');
    const second = client.layout(chainOf(2));
    await settle();
    workers[1]?.answerNext();
    expect((await second).boxes).toHaveLength(8);
  });

  it('tries to start the worker again after the script could not be read', async () => {
    const worker = new ManualWorker();
    let tries = 0;
    const client = new LayoutClient(() => (++tries === 1 ? Promise.reject(new Error('404')) : Promise.resolve(worker)));
    await expect(client.layout(chainOf(2))).rejects.toThrow('404');
    const second = client.layout(chainOf(2));
    await settle();
    worker.answerNext();
    expect((await second).boxes).toHaveLength(8);
  });

  it('rejects what waits when it is closed', async () => {
    const { client, workers } = createClient();
    const waiting = client.layout(chainOf(2));
    await settle();
    client.dispose();
    await expect(waiting).rejects.toThrow('closed');
    await settle();
    expect(workers[0]?.isTerminated).toBe(true);
  });
});

describe('answerLayout', () => {
  it('answers with what went wrong instead of throwing', () => {
    const broken = { ...chainOf(2), edges: undefined as never };
    expect(answerLayout({ id: 7, graph: broken })).toMatchObject({
      id: 7,
      problem: expect.stringContaining('undefined'),
    });
  });

  it('moves every array of the result instead of copying it', () => {
    const answer = answerLayout({ id: 1, graph: chainOf(3) });
    if (!('result' in answer)) throw new Error(answer.problem);
    const copy = structuredClone(answer, { transfer: transferablesOf(answer.result) });
    expect('result' in copy && copy.result.boxes).toHaveLength(12);
    expect(answer.result.points).toHaveLength(0);
  });
});
