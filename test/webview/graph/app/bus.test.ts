import { describe, expect, it } from 'vitest';
import type { GraphPanelRequest } from '../../../../src/protocol';
import { RequestBus } from '../../../../webview/graph/app/bus';

function createBus(): { bus: RequestBus; sent: GraphPanelRequest[] } {
  const sent: GraphPanelRequest[] = [];
  return {
    sent,
    bus: new RequestBus(
      (request) => sent.push(request),
      () => 'unreadable',
    ),
  };
}

describe('RequestBus', () => {
  it('numbers its requests and gives each the answer of its number', async () => {
    const { bus, sent } = createBus();
    const copied = bus.request(0, 'copy', { text: 'conv1' });
    const measured = bus.request(1, 'measure', { overlay: 'latency' });
    expect(sent).toEqual([
      { type: 'request', id: 1, side: 0, method: 'copy', params: { text: 'conv1' } },
      { type: 'request', id: 2, side: 1, method: 'measure', params: { overlay: 'latency' } },
    ]);
    bus.receive(2, { ok: true, value: { started: false } });
    bus.receive(1, { ok: true, value: { copied: true } });
    expect([await copied, await measured]).toEqual([{ copied: true }, { started: false }]);
    expect(bus.pending).toBe(0);
  });

  it('rejects with the message of a refusal', async () => {
    const { bus } = createBus();
    const asked = bus.request(0, 'weight', { graph: 0, tensor: 3 });
    bus.receive(1, { ok: false, message: 'The data of w is missing.' });
    await expect(asked).rejects.toThrow('The data of w is missing.');
  });

  it.each([
    ['no object', 7],
    ['no verdict', { value: { copied: true } }],
    ['a refusal without a message', { ok: false }],
    ['a value of another method', { ok: true, value: { saved: true } }],
    ['no value', { ok: true }],
  ])('rejects an answer that is %s', async (_name, result) => {
    const { bus } = createBus();
    const asked = bus.request(0, 'copy', { text: 'a' });
    bus.receive(1, result);
    await expect(asked).rejects.toThrow('unreadable');
  });

  it('ignores answers to no request and second answers', async () => {
    const { bus } = createBus();
    const asked = bus.request(0, 'copy', { text: 'a' });
    bus.receive(99, { ok: true, value: { copied: false } });
    bus.receive('1', { ok: true, value: { copied: false } });
    bus.receive(1, { ok: true, value: { copied: true } });
    bus.receive(1, { ok: false, message: 'late' });
    expect(await asked).toEqual({ copied: true });
  });
});
