import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import type { Model } from '../../../src/onnx/model';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  type NodeProto,
} from '../../../src/onnx/onnx_pb';
import { validateModel } from '../../../src/onnx/validateModel';
import { buildGraph, buildModel, initializerOf, type GraphSpec, type ModelSpec } from '../../fixtures/buildModel';

const X = { x: ['float32', [2]] } as const;
const Y = { y: ['float32', [2]] } as const;
const relu = (input: string, output: string, name = output): NodeProto => makeNode('Relu', name, [input], [output]);
const withNodes = (nodes: NodeProto[], more: Partial<ModelSpec> = {}): Model =>
  buildModel({ inputs: X, outputs: Y, nodes, ...more });

function withBranch(model: Model, spec: GraphSpec): Model {
  const node = makeNode('If', 'if', ['x'], ['branched']);
  const g = buildGraph(model, spec);
  node.attribute.push(
    create(AttributeProtoSchema, { name: 'then_branch', type: AttributeProto_AttributeType.GRAPH, g }),
  );
  model.proto.graph?.node.push(node);
  return model;
}

function call(name: string, nodes: NodeProto[]) {
  return create(FunctionProtoSchema, { name, domain: 'local', input: ['a'], output: ['b'], node: nodes });
}

describe('validating a model', () => {
  it('takes nodes in any order, optional inputs and names from around a branch', () => {
    const model = withNodes([relu('h', 'y'), makeNode('Clip', 'c', ['x', '', ''], ['h'])]);
    expect(() =>
      validateModel(withBranch(model, { nodes: [relu('h', 'inner')], outputs: { inner: ['float32', [2]] } })),
    ).not.toThrow();
  });

  it('takes an initializer that is also an input', () => {
    const initializers = { w: { dims: [2], values: [1] } };
    const model = withNodes([makeNode('Add', 'a', ['x', 'w'], ['y'])], { initializers, listInitializers: true });
    expect(() => validateModel(model)).not.toThrow();
  });

  it.each<[string, () => Model, RegExp]>([
    ['a node that reads itself', () => withNodes([relu('y', 'y')]), /node "y" \(Relu\) depends on its own output/],
    [
      'a cycle of three',
      () => withNodes([relu('c', 'a'), relu('a', 'b'), relu('b', 'c'), relu('x', 'y')]),
      /depends on its own output/,
    ],
    [
      'a cycle through a branch',
      () => withBranch(withNodes([relu('branched', 'y')]), { nodes: [relu('y', 'inner')] }),
      /depends on its own output/,
    ],
    [
      'an input that nothing makes',
      () => withNodes([relu('nowhere', 'y')]),
      /node "y" \(Relu\) reads "nowhere", which nothing makes/,
    ],
    [
      'a branch that reads what nothing makes',
      () => withBranch(withNodes([relu('x', 'y')]), { nodes: [relu('gone', 'inner')] }),
      /reads "gone"/,
    ],
    ['an output that nothing makes', () => withNodes([relu('x', 'z')]), /nothing makes the output "y"/],
    ['a name made twice', () => withNodes([relu('x', 'y'), relu('x', 'y', 'again')]), /"y" is made more than once/],
    ['an output named like an input', () => withNodes([relu('x', 'x'), relu('x', 'y')]), /"x" is made more than once/],
    [
      'a group of 0',
      () => withNodes([makeNode('Conv', 'c', ['x', 'x'], ['y'], { group: 0 })]),
      /node "c" \(Conv\) has the group 0/,
    ],
    [
      'a function that calls itself',
      () => withNodes([relu('x', 'y')], { functions: [call('F', [makeNode('F', '', ['a'], ['b'], {}, 'local')])] }),
      /function "F" calls itself/,
    ],
    [
      'functions that call each other in a circle',
      () =>
        withNodes([relu('x', 'y')], {
          functions: [
            call('F', [makeNode('G', '', ['a'], ['b'], {}, 'local')]),
            call('G', [makeNode('F', '', ['a'], ['b'], {}, 'local')]),
          ],
        }),
      /calls itself/,
    ],
  ])('refuses %s', (_, build, message) => {
    expect(() => validateModel(build())).toThrow(message);
    expect(() => validateModel(build())).toThrow(expect.objectContaining({ code: 'malformed-model' }));
  });

  it('refuses functions that double in size at each level', () => {
    const functions = Array.from({ length: 30 }, (_, i) =>
      call(
        `F${i}`,
        ['b', 'c'].map((output) =>
          i === 29 ? relu('a', output) : makeNode(`F${i + 1}`, '', ['a'], [output], {}, 'local'),
        ),
      ),
    );
    const model = withNodes([makeNode('F0', 'f', ['x'], ['y'], {}, 'local')], { functions });
    expect(() => validateModel(model)).toThrow(expect.objectContaining({ code: 'unsupported-model' }));
  });

  it('refuses an input that fits into no memory', () => {
    const model = withNodes([relu('x', 'y')], { inputs: { x: ['float32', [65536, 65536]] } });
    expect(() => validateModel(model)).toThrow(expect.objectContaining({ code: 'unsupported-model' }));
  });

  it.each<[string, (dims: bigint[]) => bigint[], RegExp]>([
    ['too long', () => [3n], /has 8 bytes of data where its dimensions \[3\] need 12/],
    ['negative', () => [-2n], /has the dimensions \[-2\]/],
    ['absurd', () => [2n ** 62n, 4n], /has the dimensions/],
  ])('refuses a weight whose dimensions are %s', (_, change, message) => {
    const model = withNodes([makeNode('Add', 'a', ['x', 'w'], ['y'])], {
      initializers: { w: { dims: [2], values: [1] } },
    });
    const tensor = initializerOf(model, 'w');
    tensor.dims = change(tensor.dims);
    expect(() => validateModel(model)).toThrow(message);
  });

  it('takes a chain of 50,000 nodes listed from the end', () => {
    const nodes = Array.from({ length: 50_000 }, (_, i) =>
      relu(i === 0 ? 'x' : `h${i}`, i === 49_999 ? 'y' : `h${i + 1}`),
    ).reverse();
    expect(() => validateModel(withNodes(nodes))).not.toThrow();
  });
});
