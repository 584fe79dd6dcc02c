import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../../src/onnx/attributes';
import type { Model } from '../../../../src/onnx/model';
import { graphCoupling } from '../../../../src/recipe/graph/graphCoupling';
import { loadGraph } from '../../../../src/recipe/graph/loadGraph';
import { buildModel, sampleValues } from '../../../fixtures/buildModel';
import { createFolder, quietContext, saved } from './fixtures';

const SAMPLE = 'media/sample/digits.onnx';
const folder = createFolder();

/** Two convolutions and a classifier of a batch of any size; neither the ReLU nor the classifier has a name. */
function network(extra: readonly ReturnType<typeof makeNode>[] = []): Model {
  return buildModel({
    inputs: { x: ['float32', ['batch', 3, 8, 8]] },
    outputs: { scores: ['float32', ['batch', 10]] },
    initializers: {
      w1: { dims: [8, 3, 3, 3], values: sampleValues(216, 1) },
      w2: { dims: [4, 8, 3, 3], values: sampleValues(288, 2) },
      fc: { dims: [144, 10], values: sampleValues(1440, 3) },
    },
    nodes: [
      makeNode('Conv', 'first', ['x', 'w1'], ['a'], { pads: [1, 1, 1, 1] }),
      makeNode('Relu', '', ['a'], ['b']),
      makeNode('Conv', 'second', ['b', 'w2'], ['c']),
      makeNode('Flatten', 'flat', ['c'], ['d']),
      makeNode('MatMul', '', ['d', 'fc'], ['scores']),
      ...extra,
    ],
  });
}

describe('graphCoupling', () => {
  it('tells apart what makes the channels, what reads them and what passes them on, under the names of the graph', async () => {
    const path = saved(folder, 'net.onnx', network());
    expect(await graphCoupling(path, quietContext())).toEqual({
      groups: [
        { group: 'first', channels: 8, makers: ['first'], readers: ['second'], carriers: ['Relu_0'] },
        { group: 'second', channels: 4, makers: ['second'], readers: ['MatMul_0'], carriers: ['flat'] },
        {
          ...{ group: 'MatMul_0', channels: 10, makers: ['MatMul_0'], readers: [], carriers: [] },
          protection: 'The output "scores" of the model keeps its shape.',
        },
      ],
    });
  });

  it('keeps normalizations that a pruning would fold, and names no node that the graph does not have', async () => {
    const { groups } = await graphCoupling(SAMPLE, quietContext());
    expect(groups[0]).toEqual({
      group: '/stem/stem.0/Conv',
      channels: 48,
      makers: [
        '/stem/stem.0/Conv',
        '/stem/stem.1/BatchNormalization',
        '/block1/conv2/Conv',
        '/block1/norm2/BatchNormalization',
        '/mix/mix.0/mix.0.0/Conv',
        '/mix/mix.0/mix.0.1/BatchNormalization',
      ],
      readers: ['/block1/conv1/conv1.0/Conv', '/mix/mix.1/mix.1.0/Conv'],
      carriers: ['/stem/stem.2/Relu', '/block1/Add', '/block1/Relu', '/mix/mix.0/mix.0.2/Relu'],
    });
    const { graphs } = await loadGraph(SAMPLE);
    const known = new Set(graphs[0]?.nodes.map(({ name }) => name));
    const named = groups.flatMap(({ makers, readers, carriers }) => [...makers, ...readers, ...carriers]);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('says why a quantized model, and one that does not run, have no groups', async () => {
    const quantized = saved(
      folder,
      'int8.onnx',
      network([makeNode('DynamicQuantizeLinear', 'q', ['a'], ['u', 's', 'z'])]),
    );
    expect(await graphCoupling(quantized, quietContext())).toMatchObject({
      groups: [],
      problem: expect.stringMatching(/quantized already/) as string,
    });
    const broken = saved(folder, 'broken.onnx', network([makeNode('Conv', 'wrong', ['d', 'w2'], ['e'])]));
    const { groups, problem } = await graphCoupling(broken, quietContext());
    expect(groups).toEqual([]);
    expect(problem).toMatch(/\S/);
  });

  it('stops when it is cancelled', async () => {
    const path = saved(folder, 'cancelled.onnx', network());
    const context = { ...quietContext(), signal: AbortSignal.abort() };
    await expect(graphCoupling(path, context)).rejects.toThrow('Cancelled.');
  });
});
