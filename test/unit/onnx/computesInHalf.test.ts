import { expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { computesInHalf } from '../../../src/onnx/computesInHalf';
import { mainGraph } from '../../../src/onnx/model';
import { TensorProto_DataType as Type, type NodeProto } from '../../../src/onnx/onnx_pb';
import { addTensor } from '../../../src/onnx/tensor';
import { buildModel, type ValueSpec } from '../../fixtures/buildModel';

/** A model with a float16 initializer `w`. */
function answer(input: ValueSpec, nodes: readonly NodeProto[]): boolean {
  const model = buildModel({ inputs: { x: input }, nodes });
  mainGraph(model).initializer.push(addTensor(model, 'w', Type.FLOAT16, [2], new Uint8Array(4)));
  return computesInHalf(model);
}

const restore = makeNode('Cast', 'restore', ['w'], ['full'], { to: Type.FLOAT });

it('does not count weights that are only stored in float16', () => {
  expect(answer(['float32', [2]], [restore, makeNode('Add', 'add', ['x', 'full'], ['y'])])).toBe(false);
});

it.each<[string, ValueSpec, NodeProto[]]>([
  ['an input is float16', ['float16', [2]], [restore]],
  ['values are cast to float16', ['float32', [2]], [makeNode('Cast', 'half', ['x'], ['h'], { to: Type.FLOAT16 })]],
  ['an operator reads a float16 weight', ['float32', [2]], [makeNode('Neg', 'neg', ['w'], ['n'])]],
])('is true when %s', (_, input, nodes) => {
  expect(answer(input, nodes)).toBe(true);
});
