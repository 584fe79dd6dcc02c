import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../../src/onnx/attributes';
import { fusedNodes } from '../../../../src/recipe/graph/fusedNodes';
import { describeGraphs } from '../../../../src/recipe/graph/graphBodies';
import type { GraphBody } from '../../../../src/protocol';
import type { NodeProto } from '../../../../src/onnx/onnx_pb';
import { buildModel } from '../../../fixtures/buildModel';

function bodyOf(nodes: readonly NodeProto[]): GraphBody {
  const model = buildModel({ inputs: { x: ['float32', [1]] }, outputs: { y: ['float32', [1]] }, nodes });
  return describeGraphs(model).bodies[0] as GraphBody;
}

describe('nodes that ONNX Runtime fused', () => {
  it('are those between the tensors that it still makes', () => {
    const body = bodyOf([
      makeNode('Conv', 'conv', ['x', 'w'], ['c']),
      makeNode('BatchNormalization', 'bn', ['c'], ['n']),
      makeNode('Relu', 'relu', ['n'], ['r']),
      makeNode('Softmax', 'soft', ['r'], ['y']),
    ]);
    const optimised = [
      makeNode('Conv', 'r_nchwc', ['x', 'reorder'], ['reorder_1']),
      makeNode('ReorderOutput', 'ReorderOutput', ['reorder_1'], ['r']),
      makeNode('Softmax', 'soft', ['r'], ['y']),
    ];
    const fused = fusedNodes(body, { node: optimised, initializers: new Set(['w']) });
    expect(Object.fromEntries(fused)).toEqual({
      r_nchwc: { main: 'conv', members: ['relu', 'bn'] },
      soft: { main: 'soft', members: [] },
    });
  });

  it('are found by name where integer kernels changed their layout', () => {
    const body = bodyOf([
      makeNode('QuantizeLinear', 'xq', ['x', 's'], ['x_q']),
      makeNode('DequantizeLinear', 'xd', ['x_q', 's'], ['x_d']),
      makeNode('Conv', 'conv', ['x_d', 'w'], ['c']),
      makeNode('Relu', 'relu', ['c'], ['r']),
      makeNode('QuantizeLinear', 'rq', ['r', 's'], ['r_q']),
      makeNode('DequantizeLinear', 'rd', ['r_q', 's'], ['y']),
    ]);
    const optimised = [
      makeNode('QuantizeLinear', 'xq', ['x', 's'], ['x_q']),
      makeNode('Transpose', 'Transpose_1', ['x_q'], ['t']),
      makeNode('QLinearConv', 'conv_token_3', ['t', 's', 'w'], ['conv_token_2']),
      makeNode('Transpose', 'Transpose_2', ['conv_token_2'], ['r_q']),
      makeNode('DequantizeLinear', 'rd', ['r_q', 's'], ['y']),
    ];
    const fused = fusedNodes(body, { node: optimised, initializers: new Set(['w', 's']) });
    expect(Object.fromEntries(fused)).toEqual({
      xq: { main: 'xq', members: [] },
      conv_token_3: { main: 'conv', members: ['rq', 'relu', 'xd'] },
      rd: { main: 'rd', members: [] },
    });
  });
});
