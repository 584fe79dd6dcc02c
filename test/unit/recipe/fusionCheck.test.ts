import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import type { NodeProto } from '../../../src/onnx/onnx_pb';
import type { FusionNode, FusionResult } from '../../../src/protocol';
import { fusionCheck } from '../../../src/recipe/fusionCheck';
import { quantizeModel } from '../../../src/recipe/quantizeModel';
import { buildModel, sampleValues } from '../../fixtures/buildModel';
import { createFolder, quietContext, saved } from './graph/fixtures';
import { lopsidedModel } from './layerModels';

const folder = createFolder();
const VALUE = ['float32', [1, 8, 6, 6]] as const;

interface Conversion {
  readonly zeroPoint?: number;
  readonly type?: 'uint8' | 'uint16';
  /** The output of the convolution is one of the model too. */
  readonly float?: boolean;
  readonly weightOnly?: boolean;
}

/** A quantized convolution, what `behind` puts after it, and a quantizer at the end. */
function converted(behind: readonly NodeProto[], options: Conversion = {}): string {
  const { type = 'uint8', zeroPoint = 0, float = false, weightOnly = false } = options;
  const name = [...behind.map(({ opType }) => opType), type, zeroPoint, float, weightOnly].join('-');
  const model = buildModel({
    opset: type === 'uint16' ? 21 : 17,
    irVersion: type === 'uint16' ? 10 : 8,
    inputs: { x: VALUE },
    outputs: { z: VALUE, ...(float ? { c: VALUE } : {}) },
    initializers: {
      s: { dims: [], values: [0.02] },
      zp: { dims: [], values: [zeroPoint], type },
      w: { dims: [8, 8, 3, 3], values: sampleValues(576, 5).map((value) => Math.round(value * 60)), type: 'int8' },
      ws: { dims: [], values: [0.01] },
    },
    nodes: [
      makeNode('QuantizeLinear', 'qx', ['x', 's', 'zp'], ['xq']),
      makeNode('DequantizeLinear', 'dx', ['xq', 's', 'zp'], ['xd']),
      makeNode('DequantizeLinear', 'dw', ['w', 'ws'], ['wd']),
      makeNode('Conv', 'conv', [weightOnly ? 'x' : 'xd', 'wd'], ['c'], { pads: [1, 1, 1, 1] }),
      ...behind,
      makeNode('QuantizeLinear', 'qy', ['y', 's', 'zp'], ['yq']),
      makeNode('DequantizeLinear', 'dy', ['yq', 's', 'zp'], ['z']),
    ],
  });
  return saved(folder, `${name}.onnx`, model);
}

const nodeOf = ({ nodes }: FusionResult, name: string): FusionNode => {
  const node = nodes.find((candidate) => candidate.node === name);
  if (!node) throw new Error(`no node ${name}`);
  return node;
};
const check = (model: string, more = {}): Promise<FusionResult> =>
  fusionCheck({ model, threads: 1, ...more }, quietContext());
const relu = (): NodeProto => makeNode('Relu', 'relu', ['c'], ['y']);
const hardSwish = (): NodeProto => makeNode('HardSwish', 'act', ['c'], ['y']);

describe('fusionCheck', () => {
  it('finds the integer kernel and all that became part of it', async () => {
    const result = await check(converted([relu()]));
    expect(nodeOf(result, 'conv')).toEqual({ node: 'conv', opType: 'Conv', verdict: 'int8', kernel: 'QLinearConv' });
    expect(nodeOf(result, 'relu')).toMatchObject({ verdict: 'fused', into: 'conv' });
    expect(nodeOf(result, 'dw')).toMatchObject({ verdict: 'fused', into: 'conv' });
    expect(nodeOf(result, 'qx').verdict).toBe('conversion');
    expect(result).toMatchObject({ quantized: true, conversions: 2, counts: { int8: 1, float: 0 }, advice: [] });
  });

  it.each([
    ['an activation that no kernel has', hardSwish, {}, /lies act \(HardSwish\)/],
    ['a range below zero behind a Relu', relu, { zeroPoint: 100 }, /range behind relu \(Relu\)/],
    ['a second output in float', relu, { float: true }, /output of the model/],
    ['a weight alone', relu, { weightOnly: true }, /Only its weight is quantized/],
  ])('says that %s keeps a convolution in float', async (_, behind, options, reason) => {
    const result = await check(converted([behind()], options));
    const conv = nodeOf(result, 'conv');
    expect(conv).toMatchObject({ verdict: 'float', action: { kind: 'exclude', nodes: ['conv'] } });
    expect(conv.reason?.message).toMatch(reason);
    expect(result.advice.map(({ code }) => code)).toEqual(['float-islands']);
  });

  it('advises other activations where they have 16 bits', async () => {
    const conv = nodeOf(await check(converted([relu()], { type: 'uint16' })), 'conv');
    expect(conv).toMatchObject({
      verdict: 'float',
      action: { kind: 'settings', settings: { activationType: 'uint8' } },
    });
    expect(conv.conversions?.before).toBeGreaterThan(0);
  });

  it('gives every node of a float model one verdict and no reason', async () => {
    const result = await check(saved(folder, 'float.onnx', lopsidedModel()));
    expect(result).toMatchObject({ quantized: false, conversions: 0, counts: { int8: 0, conversion: 0 } });
    expect(result.nodes.map(({ node, verdict }) => [node, verdict === 'fused'])).toEqual([
      ['first', false],
      ['active1', true],
      ['guilty', false],
      ['active2', true],
      ['last', false],
      ['flat', false],
      ['head', false],
    ]);
    expect(result.nodes.filter(({ reason }) => reason !== undefined)).toEqual([]);
  });

  it('finds what a quantization of its own wrote in integer kernels, exact on every processor', async () => {
    const params = { model: saved(folder, 'own.onnx', lopsidedModel()), settings: { mode: 'static' as const } };
    const { outputPath } = await quantizeModel({ ...params, synthetic: true, threads: 1 }, quietContext());
    const result = await check(outputPath, { synthetic: true, limit: 4 });
    for (const name of ['first', 'guilty', 'last', 'head']) expect(nodeOf(result, name).verdict).toBe('int8');
    expect(result.portability).toMatchObject({ exact: true });
    expect(result.portability?.layers.map(({ node }) => node)).toEqual(['first', 'guilty', 'last', 'head']);
  });
});
