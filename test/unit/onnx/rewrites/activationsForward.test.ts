import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../../src/onnx/attributes';
import type { NodeProto } from '../../../../src/onnx/onnx_pb';
import { printGraph } from '../../../../src/onnx/printGraph';
import { activationsForward } from '../../../../src/onnx/rewrites/activationsForward';
import { applyPass, floatValue, outputsOf } from '../../../fixtures/applyPass';
import { buildModel, sampleValues, type ModelSpec } from '../../../fixtures/buildModel';

const conv = (name: string, input: string, output: string): NodeProto =>
  makeNode('Conv', name, [input, 'w'], [output], { pads: [1, 1, 1, 1] });
const pool = (input: string, outputs: readonly string[]): NodeProto =>
  makeNode('MaxPool', 'pool', [input], outputs, { kernel_shape: [2, 2], strides: [2, 2] });

function spec(outputs: ModelSpec['outputs'] & object, nodes: readonly NodeProto[]): ModelSpec {
  return {
    inputs: { x: ['float32', [1, 2, 4, 4]] },
    outputs,
    initializers: {
      w: { dims: [2, 2, 3, 3], values: sampleValues(36, 5) },
      zero: { dims: [], values: [0] },
      half: { dims: [], values: [0.5] },
    },
    nodes,
  };
}

describe('activationsForward', () => {
  it('moves Relu and Clip to the convolution before pooling and reshaping, with the same outputs', async () => {
    const model = buildModel(
      spec({ y: ['float32', [1, 8]] }, [
        conv('a', 'x', 'a1'),
        pool('a1', ['p']),
        makeNode('Relu', 'relu', ['p'], ['r']),
        conv('b', 'r', 'b1'),
        makeNode('Transpose', 'turn', ['b1'], ['t'], { perm: [0, 2, 3, 1] }),
        makeNode('Flatten', 'flatten', ['t'], ['f']),
        makeNode('Clip', 'clip', ['f', 'zero', 'half'], ['y']),
      ]),
    );
    const feeds = { x: floatValue([1, 2, 4, 4], 3) };
    const before = await outputsOf(model, feeds);
    expect(await applyPass(activationsForward, model)).toBe(2);
    expect(await outputsOf(model, feeds)).toEqual(before);
    expect(printGraph(model).split('\n').slice(5)).toMatchInlineSnapshot(`
      [
        "%a1 = Conv[pads=1,1,1,1](%x, %w)  # a",
        "%a1_Relu = Relu(%a1)  # relu",
        "%r = MaxPool[kernel_shape=2,2 strides=2,2](%a1_Relu)  # pool",
        "%b1 = Conv[pads=1,1,1,1](%r, %w)  # b",
        "%b1_Clip = Clip(%b1, %zero, %half)  # clip",
        "%t = Transpose[perm=0,2,3,1](%b1_Clip)  # turn",
        "%y = Flatten(%t)  # flatten",
        "out %y: float[1,8]",
      ]
    `);
  });

  it.each([
    ['others read the convolution', [pool('a1', ['p']), makeNode('Relu', 'relu', ['p'], ['y'])], 'a1'],
    ['others read the pooled tensor', [pool('a1', ['p']), makeNode('Relu', 'relu', ['p'], ['y'])], 'p'],
    ['the pooling also gives indices', [pool('a1', ['p', 'i']), makeNode('Relu', 'relu', ['p'], ['y'])], undefined],
    [
      'the bound of Clip is computed',
      [
        makeNode('ReduceMax', 'largest', ['x'], ['high'], { keepdims: 0 }),
        pool('a1', ['p']),
        makeNode('Clip', 'clip', ['p', '', 'high'], ['y']),
      ],
      undefined,
    ],
    [
      'an operator lies between that does not keep the order of values',
      [makeNode('Neg', 'neg', ['a1'], ['n']), pool('n', ['p']), makeNode('Relu', 'relu', ['p'], ['y'])],
      undefined,
    ],
    ['it stands there already', [makeNode('Relu', 'relu', ['a1'], ['r']), pool('r', ['y'])], undefined],
  ])('leaves the activation where %s', async (_, nodes, second) => {
    const model = buildModel(
      spec(
        {
          y: ['float32', [1, 2, 2, 2]],
          ...(second === undefined ? {} : { [second]: ['float32', [1, 2, 'h', 'w']] as const }),
        },
        [conv('a', 'x', 'a1'), ...nodes],
      ),
    );
    const before = printGraph(model);
    expect(await applyPass(activationsForward, model)).toBe(0);
    expect(printGraph(model)).toBe(before);
  });
});
