import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { mainGraph, type Model } from '../../../src/onnx/model';
import { AttributeProto_AttributeType, AttributeProtoSchema } from '../../../src/onnx/onnx_pb';
import { profileModel } from '../../../src/recipe/profileModel';
import { buildGraph, buildModel, sampleValues } from '../../fixtures/buildModel';
import { createFolder, quietContext, saved } from './graph/fixtures';

const folder = createFolder();

/** A convolution with its activation, a folded constant, an Identity and a classifier. */
function network(batch: number | string): Model {
  return buildModel({
    inputs: { x: ['float32', [batch, 16, 24, 24]] },
    outputs: { scores: ['float32', [batch, 10]] },
    initializers: {
      w: { dims: [32, 16, 3, 3], values: sampleValues(4608, 1) },
      half: { dims: [1], values: [0.5] },
      fc: { dims: [32, 10], values: sampleValues(320, 3) },
      bias: { dims: [10], values: sampleValues(10, 4) },
    },
    nodes: [
      makeNode('Conv', 'conv', ['x', 'w'], ['a'], { pads: [1, 1, 1, 1] }),
      makeNode('Relu', 'relu', ['a'], ['b']),
      makeNode('Identity', 'same', ['b'], ['c']),
      makeNode('GlobalAveragePool', 'pool', ['c'], ['d']),
      makeNode('Flatten', 'flat', ['d'], ['e']),
      makeNode('Add', 'doubled', ['half', 'half'], ['one']),
      makeNode('Mul', 'scaled', ['e', 'one'], ['f']),
      makeNode('Gemm', 'dense', ['f', 'fc', 'bias'], ['scores']),
    ],
  });
}

/** Adds to its input or negates it. */
function conditional(): Model {
  const model = buildModel({
    inputs: { x: ['float32', [8]], c: ['bool', [1]] },
    outputs: { y: ['float32', [8]] },
    nodes: [],
  });
  const node = makeNode('If', 'choose', ['c'], ['y']);
  const branch = (attribute: string, operator: string, name: string, inputs: readonly string[]): void => {
    const graph = buildGraph(model, {
      outputs: { [`${name}_y`]: ['float32', [8]] },
      nodes: [makeNode(operator, name, inputs, [`${name}_y`])],
    });
    node.attribute.push(
      create(AttributeProtoSchema, { name: attribute, type: AttributeProto_AttributeType.GRAPH, g: graph }),
    );
  };
  branch('then_branch', 'Add', 'more', ['x', 'x']);
  branch('else_branch', 'Neg', 'less', ['x']);
  mainGraph(model).node.push(node);
  return model;
}

describe('profileModel', () => {
  it('accounts for every node, and counts what they multiply', async () => {
    const model = saved(folder, 'net.onnx', network('batch'));
    const result = await profileModel({ model, runs: 5, threads: 1 }, quietContext());
    expect(
      Object.fromEntries(result.nodes.map(({ name, fate, into }) => [name, into ? `${fate} ${into}` : fate])),
    ).toEqual({
      conv: 'measured',
      relu: 'fused conv',
      same: 'removed',
      pool: 'measured',
      flat: 'measured',
      doubled: 'folded',
      scaled: 'fused dense', // ONNX Runtime drops a multiplication with 1
      dense: 'measured',
    });
    const conv = result.nodes.find(({ name }) => name === 'conv');
    expect(conv).toMatchObject({ macs: 32 * 24 * 24 * 16 * 9, kernels: ['Conv'] });
    expect(conv?.ms?.low).toBeLessThanOrEqual(conv?.ms?.median ?? 0);
    expect(result.macs).toEqual({ total: 32 * 24 * 24 * 16 * 9 + 320, uncounted: {} });
    expect(result.operators[0]).toMatchObject({ opType: 'Conv', nodes: 1, macs: 32 * 24 * 24 * 16 * 9 });
    expect(result.nodesByProvider).toEqual({ CPUExecutionProvider: expect.any(Number) });
    expect(result.memory.weightBytes).toBe((4608 + 1 + 320 + 10) * 4);
    expect(result.memory.peakBytes).toBeGreaterThanOrEqual(result.memory.beforeBytes);
    expect(result).toMatchObject({ provider: 'cpu', threads: 1, warmup: 3, notes: [] });
    const [batch] = result.batches;
    expect(batch?.runs).toBe(5);
    // Nodes and the call are what a whole run takes; the bounds leave room for a busy machine.
    expect(batch?.coverage).toBeGreaterThan(0.5);
    expect(batch?.coverage).toBeLessThan(2);
    expect(result.profilerKernelMs).toBeLessThan(1);
    // Nodes and what was added are all there is to the time of the nodes.
    const assigned = result.nodes.reduce((sum, { share = 0 }) => sum + share, 0);
    expect(assigned + result.unassignedShare).toBeGreaterThan(0.8);
    expect(assigned + result.unassignedShare).toBeLessThan(1.2);
  });

  it('measures batch sizes where the batch is open, and says so where it is not', async () => {
    const open = saved(folder, 'open.onnx', network('batch'));
    const swept = await profileModel({ model: open, runs: 3, batches: [1, 4], threads: 1 }, quietContext());
    expect(swept.batches.map(({ batchSize, runs }) => [batchSize, runs])).toEqual([
      [1, 3],
      [4, 3],
    ]);
    expect(swept.batches[1]?.nodesMs.median).toBeGreaterThan(swept.batches[0]?.nodesMs.median ?? 0);
    const fixed = saved(folder, 'fixed.onnx', network(2));
    const one = await profileModel({ model: fixed, runs: 3, batches: [1, 4], threads: 1 }, quietContext());
    expect(one.batches.map(({ batchSize }) => batchSize)).toEqual([2]);
    expect(one.notes).toEqual(['The model fixes its batch to 2, so 1, 4 were not measured.']);
  });

  it('names a provider that is not there and what it needs', async () => {
    const model = saved(folder, 'provider.onnx', network(1));
    const absent = process.platform === 'darwin' ? 'dml' : 'coreml';
    await expect(profileModel({ model, provider: absent, runs: 3 }, quietContext())).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringMatching(/ is not in this ONNX Runtime .*: it needs (macOS|Windows).* There are .*cpu/),
    });
  });

  it('puts the nodes of a subgraph into the node that holds it', async () => {
    const model = saved(folder, 'if.onnx', conditional());
    const { nodes } = await profileModel({ model, runs: 3, threads: 1 }, quietContext());
    expect(nodes.map(({ name, fate, into }) => [name, fate, into])).toEqual([
      ['choose', 'measured', undefined],
      ['more', 'nested', 'choose'],
      ['less', 'nested', 'choose'],
    ]);
  });

  it('stops when cancelled', async () => {
    const model = saved(folder, 'stopped.onnx', network(1));
    const context = { ...quietContext(), signal: AbortSignal.abort() };
    await expect(profileModel({ model }, context)).rejects.toMatchObject({ name: 'CancelledError' });
  });
});
