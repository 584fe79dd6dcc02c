import { describe, expect, it } from 'vitest';
import { packMessage } from '../../../../src/host/graph/packMessage';
import { unpackMessage } from '../../../../webview/graph/app/unpack';

describe('messages between host and webview', () => {
  it('are packed where they grow with the model, and come out as they went in', () => {
    const shapes = { type: 'graph/shapes', side: 0, shapes: { tensors: [], problem: 'é' } } as const;
    const packed = packMessage(shapes);
    expect(packed).toEqual({ type: 'graph/packed', json: expect.any(Uint8Array) });
    expect(unpackMessage(packed)).toEqual(shapes);
  });

  it('travel as they are where they are small', () => {
    const error = { type: 'graph/error', message: 'gone' } as const;
    expect(packMessage(error)).toBe(error);
    expect(unpackMessage(error)).toBe(error);
  });

  it('are nothing when the bytes hold no JSON', () => {
    expect(unpackMessage({ type: 'graph/packed', json: new Uint8Array([123]) })).toBeUndefined();
    const stranger = { type: 'graph/packed', json: 'text' };
    expect(unpackMessage(stranger)).toBe(stranger);
  });
});
