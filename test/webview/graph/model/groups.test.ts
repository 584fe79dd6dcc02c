import { describe, expect, it } from 'vitest';
import { GRAPH_STRINGS } from '../../../../src/protocol/graphStrings';
import type { GraphDocument } from '../../../../src/protocol';
import { defaultExpansion } from '../../../../webview/graph/model/defaultExpansion';
import { buildAllGroups, buildGroups } from '../../../../webview/graph/model/groups';
import { draw, isAcyclic, itemLines } from './drawing';
import { makeDocument, node, type NodeSketch } from './makeDocument';

function groupLines(document: GraphDocument): string[] {
  const { groups } = buildGroups(document, 0, GRAPH_STRINGS);
  return groups.map(({ key, title, depth, members, pattern }) => {
    return `${'  '.repeat(depth)}${key} "${title}" ${String(pattern)}: ${members.join(' ')}`;
  });
}

/** A chain of nodes with these names, each reading the one before. */
function chain(...names: string[]): NodeSketch[] {
  return names.map((name, place) => {
    const operator = name.slice(name.lastIndexOf('/') + 1).replace(/_\d+$/, '');
    return node(operator, `t${String(place)}`, `t${String(place + 1)}`, { name });
  });
}

/** Residual blocks: a stem, `counts` blocks per stage (the first of each with a convolution on the skip), a head. */
function residual(counts: readonly number[]): GraphDocument {
  const nodes: NodeSketch[] = [];
  const weights: Record<string, readonly number[]> = {};
  let tensors = 0;
  const add = (operator: string, ...inputs: string[]): string => {
    const output = `t${String(++tensors)}`;
    const all = [...inputs];
    if (operator === 'Conv') {
      weights[`w${output}`] = [8, 8, 3, 3];
      all.push(`w${output}`);
    }
    nodes.push(node(operator, all.join(' '), output));
    return output;
  };
  let x = add('MaxPool', add('Relu', add('Conv', 'x')));
  for (const count of counts) {
    for (let block = 0; block < count; block++) {
      const inner = add('Conv', add('Relu', add('Conv', add('Relu', add('Conv', x)))));
      x = add('Relu', add('Add', inner, block === 0 ? add('Conv', x) : x));
    }
  }
  const y = add('Gemm', add('Flatten', add('GlobalAveragePool', x)));
  return makeDocument({ nodes, inputs: ['x'], outputs: [y], weights });
}

describe('groups by scope', () => {
  it('nests by slashes in names and leaves out groups of one block', () => {
    const document = makeDocument({
      nodes: chain(
        '/stem/Conv',
        '/layer1/layer1.0/Conv',
        '/layer1/layer1.0/Relu',
        '/layer1/layer1.1/Conv',
        '/layer1/layer1.1/Relu',
        '/Flatten',
      ),
      inputs: ['t0'],
      outputs: ['t6'],
    });
    expect(groupLines(document)).toEqual([
      'g:0/layer1 "layer1" 1: 1 2 3 4',
      '  g:0/layer1/layer1.0 "layer1.0" 2: 1 2',
      '  g:0/layer1/layer1.1 "layer1.1" 2: 3 4',
    ]);
  });

  it('prefers scopes of the metadata over names', () => {
    const nodes = chain('a_0', 'b_1', 'c_2', 'd_3').map((sketch, place) => ({
      ...sketch,
      scope: place < 2 ? ['encoder', '0'] : ['encoder', '1'],
    }));
    const document = makeDocument({ nodes: [...nodes, node('Softmax', 't4', 'y')], inputs: ['t0'], outputs: ['y'] });
    expect(groupLines(document)).toEqual([
      'g:0/encoder "encoder" 1: 0 1 2 3',
      '  g:0/encoder/0 "encoder.0" 2: 0 1',
      '  g:0/encoder/1 "encoder.1" 3: 2 3',
    ]);
  });

  it('splits a group that would close a cycle, whatever is collapsed', () => {
    // a/1 -> b/1 -> a/2: collapsing all of a would make a cycle with b.
    const document = makeDocument({
      nodes: chain('/a/Conv', '/a/Relu', '/b/Conv', '/b/Relu', '/a/Conv_1', '/a/Relu_1', '/Flatten'),
      inputs: ['t0'],
      outputs: ['t7'],
    });
    expect(groupLines(document)).toEqual(['g:0/a "a" 1: 0 1', 'g:0/b "b" 1: 2 3', 'g:0/a~2 "a (2)" 1: 4 5']);
    expect(isAcyclic(draw(document))).toBe(true);
  });

  it('never draws a cycle for random scopes over random graphs', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return Math.floor((seed / 0x80000000) * below);
    };
    for (let round = 0; round < 30; round++) {
      const nodes = Array.from({ length: 30 }, (_, place) =>
        node('Add', `t${String(random(place + 1))} t${String(random(place + 1))}`, `t${String(place + 1)}`, {
          name: `/g${String(random(3))}/h${String(random(2))}/Add_${String(place)}`,
        }),
      );
      const document = makeDocument({ nodes, inputs: ['t0'], outputs: ['t30'] });
      const keys = buildGroups(document, 0, GRAPH_STRINGS).groups.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      expect(isAcyclic(draw(document))).toBe(true);
      expect(isAcyclic(draw(document, keys))).toBe(true);
      expect(
        isAcyclic(
          draw(
            document,
            keys.filter(() => random(2) === 0),
          ),
        ),
      ).toBe(true);
    }
  });

  it('keeps every node of a cyclic, invalid graph', () => {
    const document = makeDocument({
      nodes: [
        node('Add', 'x b', 'a', { name: '/g/Add' }),
        node('Relu', 'a', 'b', { name: '/h/Relu' }),
        node('Relu', 'a', 'c', { name: '/g/Relu' }),
      ],
      inputs: ['x'],
      outputs: ['c'],
    });
    expect(itemLines(draw(document, ['g:0/g'])).filter((line) => line.includes('n:0/'))).toHaveLength(3);
  });

  it('counts what quantizers insert to the scope of what reads it', () => {
    const document = makeDocument({
      nodes: [
        node('Conv', 'x W', 'a', { name: '/m/Conv' }),
        node('QuantizeLinear', 'a s z', 'q', { name: 'q0' }),
        node('DequantizeLinear', 'q s z', 'd', { name: 'dq0' }),
        node('DequantizeLinear', 'V s z', 'v', { name: 'dq1' }),
        node('Conv', 'd v', 'b', { name: '/m/Conv_1' }),
        node('Relu', 'b', 'y', { name: '/Relu' }),
      ],
      inputs: ['x'],
      outputs: ['y'],
      weights: {
        W: [4, 3, 1, 1],
        V: { dims: [4, 4, 1, 1], type: 'int8' },
        s: { values: [0.5] },
        z: { values: [0], type: 'int8' },
      },
    });
    expect(groupLines(document)).toEqual(['g:0/m "m" 1: 0 1 2 3 4']);
  });
});

describe('repeated blocks', () => {
  it('finds the blocks of a residual network, the first of each stage included', () => {
    const lines = groupLines(residual([3, 4, 3]));
    expect(lines.map((line) => line.replace(/:[^:]*$/, ''))).toEqual(
      Array.from({ length: 10 }, (_, place) => {
        const pattern = place === 0 || place === 3 || place === 7 ? 1 : 2;
        return `g:0/#${String(place + 1)} "Block ${String(place + 1)} of 10" ${String(pattern)}`;
      }),
    );
    expect(lines[1]).toBe('g:0/#2 "Block 2 of 10" 2: 11 12 13 14 15 16 17');
  });

  it('cuts blocks where only one tensor passes', () => {
    const display = draw(residual([3, 4, 3]));
    expect(display.edges).toHaveLength(display.items.length - 1);
    expect(isAcyclic(display)).toBe(true);
  });

  it('gives a chain of equal layers a block each', () => {
    const nodes = Array.from({ length: 10 }, (_, layer) => [
      node('MatMul', `x${String(layer)} W`, `m${String(layer)}`),
      node('Add', `m${String(layer)} B`, `a${String(layer)}`),
      node('Relu', `a${String(layer)}`, `x${String(layer + 1)}`),
    ]).flat();
    const document = makeDocument({ nodes, inputs: ['x0'], outputs: ['x10'], weights: { W: [4, 4], B: [4] } });
    const lines = groupLines(document);
    expect(lines).toHaveLength(10);
    expect(lines[9]).toBe('g:0/#10 "Block 10 of 10" 1: 27 28 29');
  });

  it('finds nothing in a graph that repeats nothing', () => {
    const operators = ['Conv', 'Relu', 'Exp', 'Log', 'Sin', 'Cos', 'Abs', 'Neg', 'Erf', 'Sqrt', 'Tan', 'Ceil', 'Floor'];
    const nodes = [...operators, ...[...operators].reverse()].map((operator, place) =>
      node(operator, `t${String(place)}`, `t${String(place + 1)}`),
    );
    expect(groupLines(makeDocument({ nodes, inputs: ['t0'], outputs: ['t26'] }))).toEqual([]);
  });
});

describe('first view', () => {
  it('opens everything of a small model', () => {
    const document = residual([3, 4, 3]);
    expect(defaultExpansion(document, buildAllGroups(document, GRAPH_STRINGS)).size).toBe(10);
  });

  it('leaves the blocks of a large model closed', () => {
    const document = residual([20, 30, 20]);
    const groups = buildAllGroups(document, GRAPH_STRINGS);
    const expanded = defaultExpansion(document, groups);
    expect(expanded.size).toBe(0);
    expect(draw(document, [...expanded]).items).toHaveLength(78);
  });

  it('opens the levels that still leave a readable view', () => {
    const nodes = Array.from({ length: 500 }, (_, place) =>
      node('Relu', `t${String(place)}`, `t${String(place + 1)}`, {
        name: `/stage${String(Math.floor(place / 100))}/block${String(Math.floor(place / 10))}/Relu_${String(place)}`,
      }),
    );
    const document = makeDocument({ nodes, inputs: ['t0'], outputs: ['t500'] });
    const expanded = defaultExpansion(document, buildAllGroups(document, GRAPH_STRINGS));
    expect([...expanded]).toEqual([0, 1, 2, 3, 4].map((stage) => `g:0/stage${String(stage)}`));
  });
});

describe('a long level', () => {
  const layer = (place: number, scope: string) =>
    ['MatMul', 'Add', 'Relu', 'MatMul', 'Tanh'].map((operator, step) => {
      const input = step === 0 ? `t${String(place)}` : `t${String(place)}_${String(step)}`;
      const output = step === 4 ? `t${String(place + 1)}` : `t${String(place)}_${String(step + 1)}`;
      return node(operator, input, output, { name: `${scope}${operator}_${String(place)}_${String(step)}` });
    });

  it('of equal blocks becomes stacks of them', () => {
    const nodes = Array.from({ length: 120 }, (_, place) => layer(place, `/layers.${String(place)}/`)).flat();
    const document = makeDocument({ nodes, inputs: ['t0'], outputs: ['t120'] });
    const closed = draw(document).items.filter(({ kind }) => kind === 'group');
    expect(closed.map(({ title }) => title)).toEqual(
      Array.from({ length: 12 }, (_, stack) => `Blocks ${String(10 * stack + 1)} to ${String(10 * stack + 10)} of 120`),
    );
    expect(new Set(closed.map(({ pattern }) => pattern)).size).toBe(1);
    const inside = draw(document, [closed[0]!.key]).items.filter(({ parent }) => parent >= 0);
    expect(inside.map(({ title }) => title)).toEqual(
      Array.from({ length: 10 }, (_, place) => `layers.${String(place)}`),
    );
  });

  it('of nodes that repeat nowhere is cut into parts where the fewest tensors pass', () => {
    const operators = ['Sin', 'Cos', 'Exp', 'Log', 'Abs', 'Neg', 'Erf', 'Sqrt', 'Tan', 'Ceil', 'Floor'];
    let state = 1;
    const nodes = Array.from({ length: 150 }, (_, place) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const operator = operators[state % operators.length]!;
      // Every tenth node reads the tensor of five nodes before, so that nearby cuts cost more.
      const inputs = place % 10 === 5 ? `t${String(place)} t${String(place - 5)}` : `t${String(place)}`;
      return node(operator, inputs, `t${String(place + 1)}`);
    });
    const document = makeDocument({ nodes, inputs: ['t0'], outputs: ['t150'] });
    const items = draw(document).items;
    expect(items.length).toBeGreaterThanOrEqual(5);
    expect(items.length).toBeLessThanOrEqual(20);
    expect(items.every(({ kind, nodeCount }) => kind !== 'group' || nodeCount <= 47)).toBe(true);
  });
});
