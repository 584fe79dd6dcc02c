import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { cloneModel, mainGraph, type Model } from '../../../src/onnx/model';
import { residualBranches } from '../../../src/prune/depth/residualBranches';
import { removeBranch } from '../../../src/prune/depth/removeBranch';
import { pruneDepth } from '../../../src/recipe/pruneDepth';
import { createSession } from '../../../src/runtime/session';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { buildModel, sampleValues } from '../../fixtures/buildModel';

const SHAPE = [1, 2, 4, 4];
const PADS = { pads: [1, 1, 1, 1] };

/**
 * Two residual blocks behind a Conv with Relu. The first has one Conv in its branch and the second two; the shortcut of
 * the second is a Conv of 1x1. A third sum has no weights, and a fourth is read by the output of the graph itself.
 */
function network(): Model {
  const conv = (name: string, seed: number, kernel = 3) => ({
    [name]: { dims: [2, 2, kernel, kernel], values: sampleValues(4 * kernel * kernel, seed) },
  });
  return cloneModel(
    buildModel({
      inputs: { x: ['float32', SHAPE] },
      outputs: { y: ['float32', SHAPE] },
      initializers: {
        ...conv('w0', 1),
        ...conv('w1', 2),
        ...conv('w2', 3),
        ...conv('w3', 4),
        ...conv('ws', 5, 1),
        ...conv('w4', 6),
      },
      nodes: [
        makeNode('Conv', 'stem', ['x', 'w0'], ['a'], PADS),
        makeNode('Relu', 'relu0', ['a'], ['b']),
        makeNode('Conv', 'conv1', ['b', 'w1'], ['c'], PADS),
        makeNode('Add', 'add1', ['c', 'b'], ['d']),
        makeNode('Relu', 'relu1', ['d'], ['e']),
        makeNode('Conv', 'conv2', ['e', 'w2'], ['f'], PADS),
        makeNode('Relu', 'relu2', ['f'], ['g']),
        makeNode('Conv', 'conv3', ['g', 'w3'], ['h'], PADS),
        makeNode('Conv', 'project', ['e', 'ws'], ['s']),
        makeNode('Add', 'add2', ['s', 'h'], ['i']),
        makeNode('Sigmoid', 'gate', ['i'], ['j']),
        makeNode('Add', 'add3', ['i', 'j'], ['k']),
        makeNode('Conv', 'conv4', ['k', 'w4'], ['l'], PADS),
        makeNode('Add', 'add4', ['k', 'l'], ['y']),
      ],
    }),
  );
}

const names = (model: Model): string[] => mainGraph(model).node.map(({ name }) => name);

async function run(model: Model): Promise<Float32Array> {
  const session = await createSession(model, { threads: 1 });
  const x = { type: 'float32', dims: SHAPE, data: Float32Array.from(sampleValues(32, 9)) } as const;
  const output = (await session.run({ x }))['y']!.data as Float32Array;
  await session.release();
  return output;
}

describe('residualBranches', () => {
  it('finds what serves one side of a sum alone, the heavier side of two, and nothing without weights', async () => {
    const model = network();
    const branches = residualBranches(model, await inferTensorTypes(model));
    expect(branches.map(({ add, shortcut, nodes }) => [add, shortcut, nodes])).toEqual([
      ['add1', 'b', ['conv1']],
      ['add2', 's', ['conv2', 'relu2', 'conv3']],
      ['add4', 'k', ['conv4']],
    ]);
    expect(branches[0]!.macs).toBe(16 * 2 * 2 * 9);
    expect(branches[1]!.macs).toBe(2 * 16 * 2 * 2 * 9);
  });

  it('leaves out what something else reads', async () => {
    const model = network();
    mainGraph(model).node.find(({ name }) => name === 'gate')!.input[0] = 'g';
    const branches = residualBranches(model, await inferTensorTypes(model));
    expect(branches.find(({ add }) => add === 'add2')!.nodes).toEqual(['conv3']);
  });
});

describe('removeBranch', () => {
  it('leaves the shortcut alone, without the Relu of what a Relu gave', async () => {
    const model = network();
    const [first] = residualBranches(model, await inferTensorTypes(model));
    removeBranch(model, first!);
    expect(names(model).slice(0, 3)).toEqual(['stem', 'relu0', 'conv2']);
    expect(mainGraph(model).initializer.map(({ name }) => name)).not.toContain('w1');
    await expect(run(model)).resolves.toHaveLength(32);
  });

  it('keeps the name of an output of the graph', async () => {
    const model = network();
    const [, , last] = residualBranches(model, await inferTensorTypes(model));
    const before = await run(model);
    removeBranch(model, last!);
    expect(mainGraph(model).node.at(-1)).toMatchObject({ opType: 'Identity', input: ['k'], output: ['y'] });
    const after = await run(model);
    expect(after).toHaveLength(32);
    expect(after).not.toEqual(before);
  });
});

describe('pruneDepth', () => {
  const context = { onProgress: () => undefined, signal: new AbortController().signal, log: () => undefined };

  it('takes the branches that cost least for what they save, until the budget is reached', async () => {
    const model = network();
    const types = await inferTensorTypes(model);
    // A branch of two Convs that costs half as much again as one of one Conv is the better bargain.
    const costs: Readonly<Record<string, number>> = { add1: 1, add2: 1.5, add4: 4 };
    const divergenceOf = (pruned: Model): Promise<number> => {
      const left = new Set(names(pruned));
      return Promise.resolve(Object.entries(costs).reduce((sum, [add, cost]) => sum + (left.has(add) ? 0 : cost), 0));
    };
    const {
      model: pruned,
      report,
      mapping,
    } = await pruneDepth({
      model,
      types,
      settings: { method: 'depth', targetMacs: 0.62, protect: ['conv4'] },
      divergenceOf,
      context,
    });
    expect(report.branches).toBe(3);
    expect(report.removed.map(({ add, divergence }) => [add, divergence])).toEqual([['add2', 1.5]]);
    expect(mapping).toContainEqual({ source: 'conv2', targets: [] });
    expect(names(model)).toContain('conv2');
    expect(names(pruned)).not.toContain('conv2');
  });

  it('takes a share of the branches, never protected ones, and says why the others stay', async () => {
    const model = network();
    const outcome = await pruneDepth({
      model,
      types: await inferTensorTypes(model),
      settings: { method: 'depth', amount: 1, protect: ['add2'] },
      divergenceOf: () => Promise.resolve(1),
      context,
    });
    expect(outcome.report.removed.map(({ add }) => add).sort()).toEqual(['add1', 'add4']);
    expect(outcome.kept).toEqual([{ node: 'add2', opType: 'Add', reason: 'Protected by add2.' }]);
  });
});
