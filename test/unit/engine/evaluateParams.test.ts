import { describe, expect, it } from 'vitest';
import { evaluateHandlers } from '../../../src/engine/evaluateHandlers';
import { parseEvaluateParams } from '../../../src/engine/evaluateParams';

describe('parameters of requests that measure models', () => {
  it('pass when they are right', () => {
    const evaluate = { model: '/m/a.onnx', reference: '/m/b.onnx', data: '/d', limit: 5, trusted: true, seed: 1 };
    expect(parseEvaluateParams('model/evaluate', evaluate)).toEqual(evaluate);
    const profile = { model: '/m/a.onnx', provider: 'webgpu', batches: [1, 4], runs: 10, shapes: { x: [1, 2] } };
    expect(parseEvaluateParams('model/profile', profile)).toEqual(profile);
  });

  it.each([
    ['model/evaluate', { model: 'a.onnx' }, /"model": must be an absolute path/],
    ['model/compare', { before: '/a.onnx' }, /model\/compare was asked with wrong parameters: "after"/],
    ['model/profile', { model: '/a.onnx', provider: 'tpu' }, /"provider"/],
    ['model/profile', { model: '/a.onnx', batches: [0] }, /"batches\.0"/],
  ] as const)('of %s are refused when they are wrong: %j', async (method, params, message) => {
    expect(() => parseEvaluateParams(method, params)).toThrow(message);
    const context = { onProgress: () => undefined, signal: new AbortController().signal, log: () => undefined };
    const handle = evaluateHandlers()[method] as (params: unknown, context: unknown) => Promise<unknown>;
    await expect(handle(params, context)).rejects.toMatchObject({ code: 'bad-option' });
  });
});
