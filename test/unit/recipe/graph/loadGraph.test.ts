import { create } from '@bufbuild/protobuf';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../../src/onnx/attributes';
import { mainGraph, type Model } from '../../../../src/onnx/model';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  FunctionProtoSchema,
  OperatorSetIdProtoSchema,
  SparseTensorProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  type GraphProto,
} from '../../../../src/onnx/onnx_pb';
import { addInt64Tensor } from '../../../../src/onnx/tensor';
import { describeGraphs } from '../../../../src/recipe/graph/graphBodies';
import { loadGraph } from '../../../../src/recipe/graph/loadGraph';
import { buildGraph, buildModel, buildTensor, sampleValues } from '../../../fixtures/buildModel';
import { createFolder, saved } from './fixtures';

const folder = createFolder();

function holdGraph(model: Model, node: number, name: string, graph: GraphProto): void {
  mainGraph(model).node[node]?.attribute.push(create(AttributeProtoSchema, { name, type: Kind.GRAPH, g: graph }));
}

describe('loading a graph', () => {
  it('gives nodes, tensors and weights by index', async () => {
    const model = buildModel({
      name: 'net',
      inputs: { x: ['float32', ['batch', 3, 8, 8]] },
      outputs: { y: ['float32', ['batch', 4, 8, 8]] },
      initializers: {
        w: { dims: [4, 3, 3, 3], values: sampleValues(108) },
        b: { dims: [4], values: [1, 2, 3, 4] },
      },
      listInitializers: true,
      nodes: [
        makeNode('Conv', 'conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1], auto_pad: 'NOTSET' }),
        makeNode('Clip', '', ['c', '', 'top'], ['y']),
      ],
    });
    mainGraph(model).node.unshift(
      makeNode('Constant', '', [], ['top'], { value: { tensor: buildTensor(model, '', { dims: [], values: [6] }) } }),
    );
    const { graphs, ...rest } = await loadGraph(saved(folder, 'conv.onnx', model));
    expect(rest).toMatchObject({
      version: 1,
      name: 'conv.onnx',
      externalBytes: 0,
      producer: 'test',
      opsets: [{ domain: '', version: 17 }],
      parameterCount: 113,
      notes: [],
    });
    const values = sampleValues(108).map(Math.fround);
    expect(graphs).toEqual([
      {
        name: 'net',
        kind: 'main',
        nodes: [
          {
            name: 'Constant_0',
            operator: 'Constant',
            domain: '',
            inputs: [],
            outputs: [3],
            attributes: expect.anything(),
          },
          {
            name: 'conv',
            operator: 'Conv',
            domain: '',
            inputs: [2, 0, 1],
            outputs: [4],
            attributes: [
              { name: 'pads', type: 'ints', text: '1, 1, 1, 1' },
              { name: 'auto_pad', type: 'string', text: 'NOTSET' },
            ],
          },
          { name: 'Clip_0', operator: 'Clip', domain: '', inputs: [4, -1, 3], outputs: [5], attributes: [] },
        ],
        tensors: [
          {
            name: 'w',
            type: 'float32',
            dims: [4, 3, 3, 3],
            weight: {
              kind: 'initializer',
              elements: 108,
              bytes: 432,
              external: false,
              range: [Math.min(...values), Math.max(...values)],
            },
          },
          {
            name: 'b',
            type: 'float32',
            dims: [4],
            weight: { kind: 'initializer', elements: 4, bytes: 16, external: false, values: [1, 2, 3, 4] },
          },
          { name: 'x', type: 'float32', dims: ['batch', 3, 8, 8] },
          {
            name: 'top',
            type: 'float32',
            dims: [],
            weight: { kind: 'constant', elements: 1, bytes: 4, external: false, values: [6] },
          },
          { name: 'c' },
          { name: 'y', type: 'float32', dims: ['batch', 4, 8, 8] },
        ],
        inputs: [2],
        outputs: [5],
      },
    ]);
  });

  it('follows subgraphs to any depth and resolves what they capture', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [2]], cond: ['bool', []] },
      outputs: { y: ['float32', [2]] },
      nodes: [makeNode('If', 'choice', ['cond'], ['y'])],
    });
    const innermost = buildGraph(model, {
      outputs: { deep: ['float32', [2]] },
      nodes: [makeNode('Neg', '', ['x'], ['deep'])],
    });
    const inner = buildGraph(model, {
      name: 'then',
      outputs: { t: ['float32', [2]] },
      nodes: [makeNode('If', '', ['cond'], ['t'])],
    });
    inner.node[0]?.attribute.push(
      create(AttributeProtoSchema, { name: 'then_branch', type: Kind.GRAPH, g: innermost }),
    );
    holdGraph(model, 0, 'then_branch', inner);
    const { graphs } = await loadGraph(saved(folder, 'if.onnx', model));
    expect(graphs.map(({ kind, owner, nodes }) => ({ kind, owner, names: nodes.map(({ name }) => name) }))).toEqual([
      { kind: 'main', owner: undefined, names: ['choice'] },
      { kind: 'subgraph', owner: { graph: 0, node: 0, attribute: 'then_branch' }, names: ['If_0'] },
      { kind: 'subgraph', owner: { graph: 1, node: 0, attribute: 'then_branch' }, names: ['Neg_0'] },
    ]);
    expect(graphs[0]?.nodes[0]?.subgraphs).toEqual([1]);
    expect(graphs[2]?.tensors.find(({ name }) => name === 'x')).toEqual({
      name: 'x',
      type: 'float32',
      dims: [2],
      outer: { graph: 0, tensor: 0 },
    });
  });

  it('ties calls to the bodies of functions', async () => {
    const twice = create(FunctionProtoSchema, {
      name: 'Twice',
      domain: 'own',
      input: ['a'],
      output: ['b'],
      node: [makeNode('Add', '', ['a', 'a'], ['b'])],
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: 17n })],
    });
    const model = buildModel({
      inputs: { x: ['float32', [2]] },
      outputs: { y: ['float32', [2]] },
      nodes: [makeNode('Twice', 'call', ['x'], ['y'], {}, 'own')],
      domains: { own: 1 },
      functions: [twice],
    });
    const { graphs } = await loadGraph(saved(folder, 'function.onnx', model));
    expect(graphs[0]?.nodes[0]).toMatchObject({ operator: 'Twice', domain: 'own', function: 1 });
    expect(graphs[1]).toMatchObject({ name: 'own.Twice', kind: 'function', inputs: [0], outputs: [1] });
  });

  it('reads the scopes that PyTorch notes', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [2]] },
      outputs: { y: ['float32', [2]] },
      nodes: [makeNode('Relu', 'r', ['x'], ['y'])],
    });
    mainGraph(model).node[0]?.metadataProps.push(
      create(StringStringEntryProtoSchema, {
        key: 'pkg.torch.onnx.name_scopes',
        value: "['', 'layer1', 'layer1.0', 'layer1.0.relu', 'relu']",
      }),
    );
    const { graphs } = await loadGraph(saved(folder, 'scope.onnx', model));
    expect(graphs[0]?.nodes[0]?.scope).toEqual(['layer1', '0', 'relu']);
  });

  it('describes sparse weights', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [10]] },
      outputs: { y: ['float32', [10]] },
      nodes: [makeNode('Add', 'add', ['x', 's'], ['y'])],
    });
    mainGraph(model).sparseInitializer.push(
      create(SparseTensorProtoSchema, {
        dims: [10n],
        values: buildTensor(model, 's', { dims: [2], values: [3, 4] }),
        indices: addInt64Tensor(model, '', [2], [1, 7]),
      }),
    );
    const { graphs } = await loadGraph(saved(folder, 'sparse.onnx', model));
    expect(graphs[0]?.tensors.find(({ name }) => name === 's')?.weight).toEqual({
      kind: 'sparse',
      elements: 10,
      bytes: 24,
      external: false,
    });
  });

  it('notes what is wrong with a model that can still be shown', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [2]] },
      outputs: { y: ['float32', [2]] },
      nodes: [makeNode('Add', 'a', ['x', 'b'], ['y']), makeNode('Relu', 'r', ['y'], ['b'])],
    });
    const { notes, graphs } = await loadGraph(saved(folder, 'cycle.onnx', model));
    expect(notes).toEqual([expect.stringContaining('depends on its own output')]);
    expect(graphs[0]?.nodes).toHaveLength(2);
  });

  it('names the files that hold weights, but none outside the folder', async () => {
    const model = buildModel({ inputs: { x: ['float32', [2]] }, outputs: { y: ['float32', [2]] }, nodes: [] });
    for (const location of ['weights/a.bin', 'b.bin', 'b.bin', '../c.bin']) {
      const tensor = buildTensor(model, location, { dims: [2], values: [1, 2] });
      tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
      tensor.externalData.push(create(StringStringEntryProtoSchema, { key: 'location', value: location }));
      mainGraph(model).initializer.push(tensor);
    }
    const { dataFiles } = await loadGraph(saved(folder, 'external.onnx', model));
    expect(dataFiles).toEqual(['weights/a.bin', 'b.bin']);
  });

  it('refuses what is no model', async () => {
    const path = join(folder, 'text.onnx');
    writeFileSync(path, 'not a model at all');
    await expect(loadGraph(path)).rejects.toMatchObject({ code: 'malformed-model' });
  });

  it('refuses a model of more nodes than can be shown', () => {
    const node = makeNode('Relu', '', ['x'], ['']);
    const nodes = Array.from({ length: 200_001 }, () => node);
    const model = buildModel({ inputs: { x: ['float32', [2]] }, outputs: { x: ['float32', [2]] }, nodes });
    expect(() => describeGraphs(model)).toThrow(/more than 200000 nodes/);
  });

  it('sees a change of the file at the next request', async () => {
    const build = (operator: string): Model =>
      buildModel({
        inputs: { x: ['float32', [2]] },
        outputs: { y: ['float32', [2]] },
        nodes: [makeNode(operator, 'n', ['x'], ['y'])],
      });
    const operatorOf = async (path: string) => (await loadGraph(path)).graphs[0]?.nodes[0]?.operator;
    const path = saved(folder, 'changing.onnx', build('Relu'));
    expect(await operatorOf(path)).toBe('Relu');
    saved(folder, 'changing.onnx', build('Tanh'));
    expect(await operatorOf(path)).toBe('Tanh');
  });
});
