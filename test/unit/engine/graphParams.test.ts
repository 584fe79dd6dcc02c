import { describe, expect, it } from 'vitest';
import { graphHandlers } from '../../../src/engine/graphHandlers';
import { parseGraphParams } from '../../../src/engine/graphParams';

describe('parameters of requests about graphs', () => {
  it('pass when they are right', () => {
    const params = { path: '/models/a.onnx', graph: 0, tensor: 3, offset: 0, count: 1024 };
    expect(parseGraphParams('graph/weightPage', params)).toEqual(params);
  });

  it('are refused when they are wrong, saying what', () => {
    const parse = (params: unknown) => () => parseGraphParams('graph/weightPage', params);
    const right = { path: '/models/a.onnx', graph: 0, tensor: 3, offset: 0, count: 10 };
    expect(parse({ ...right, path: 'a.onnx' })).toThrow(/"path": must be an absolute path/);
    expect(parse({ ...right, count: 1025 })).toThrow(/"count"/);
    expect(parse({ ...right, tensor: -1 })).toThrow(/"tensor"/);
    expect(parse({ ...right, extra: 1 })).toThrow(/extra/);
    expect(parse(null)).toThrow(/graph\/weightPage was asked with wrong parameters/);
  });

  it('are checked before any file is touched', async () => {
    const load = graphHandlers()['graph/load'];
    const context = { onProgress: () => undefined, signal: new AbortController().signal, log: () => undefined };
    await expect(load({ path: 'relative.onnx' }, context)).rejects.toMatchObject({ code: 'bad-option' });
    await expect(load({ path: '/nowhere/a.onnx' }, context)).rejects.toMatchObject({ code: 'file-not-found' });
  });
});
