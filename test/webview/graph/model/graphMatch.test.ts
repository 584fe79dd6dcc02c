import { describe, expect, it } from 'vitest';
import type { GraphDocument } from '../../../../src/protocol';
import type { ChangeMark } from '../../../../webview/graph/model/display';
import { changesOfItems, matchGraphs, type GraphMatch } from '../../../../webview/graph/model/graphMatch';
import { draw } from './drawing';
import { makeDocument, node } from './makeDocument';

const weights = {
  W: [4, 4, 3, 3],
  V: [4, 4, 3, 3],
  q: { dims: [4, 4, 3, 3], type: 'int8' },
  s: { values: [1] },
  z: { values: [0], type: 'int8' },
};

const original = makeDocument({
  nodes: [
    node('Conv', 'x W', 'a', { name: 'conv1' }),
    node('Relu', 'a', 'b', { name: 'relu1' }),
    node('Dropout', 'b', 'c', { name: 'dropout' }),
    node('Conv', 'c V', 'y', { name: 'conv2' }),
  ],
  inputs: ['x'],
  outputs: ['y'],
  weights,
});

const quantized = makeDocument({
  nodes: [
    node('DequantizeLinear', 'q s z', 'w', { name: 'dq' }),
    node('Conv', 'x w', 'a', { name: 'conv1' }),
    node('Relu', 'a', 'b', { name: 'relu1' }),
    node('QuantizeLinear', 'b s z', 'i', { name: 'q1' }),
    node('DequantizeLinear', 'i s z', 'j', { name: 'dq1' }),
    node('Conv', 'j V', 'k', { name: 'conv2' }),
    node('Clip', 'k', 'y', { name: 'clip' }),
  ],
  inputs: ['x'],
  outputs: ['y'],
  weights,
});

function pairs({ partnersOfFirst }: GraphMatch, first: GraphDocument, second: GraphDocument): string[] {
  const nameOf = (document: GraphDocument, graph: number, place: number): string =>
    document.graphs[graph]!.nodes[place]!.name;
  return [...partnersOfFirst].map(([key, partners]) => {
    const [graph, place] = key.split('/').map(Number);
    return `${nameOf(first, graph!, place!)} = ${partners.map((ref) => nameOf(second, ref.graph, ref.node)).join(' ')}`;
  });
}

const marks = (map: ReadonlyMap<string, ChangeMark>): string[] =>
  [...map].map(([key, mark]) => `${key} ${mark}`).sort();

describe('matching', () => {
  it('finds partners by name and marks what differs', () => {
    const match = matchGraphs(original, quantized);
    expect(match.by).toBe('names');
    expect(pairs(match, original, quantized)).toEqual(['conv1 = conv1', 'relu1 = relu1', 'conv2 = conv2']);
    expect(marks(match.marksOfFirst)).toEqual(['0/0 changed', '0/2 removed', '0/3 changed']);
    expect(marks(match.marksOfSecond)).toEqual([
      '0/0 added',
      '0/1 changed',
      '0/3 added',
      '0/4 added',
      '0/5 changed',
      '0/6 added',
    ]);
  });

  it('takes partners from a report first, also several', () => {
    const match = matchGraphs(original, quantized, {
      from: 'report',
      pairs: [
        { first: ['conv1', 'relu1'], second: ['conv1'] },
        { first: ['conv2'], second: ['conv2'] },
      ],
    });
    expect(match.by).toBe('report');
    expect(pairs(match, original, quantized)).toEqual(['conv1 = conv1', 'relu1 = conv1', 'conv2 = conv2']);
    expect(match.marksOfFirst.get('0/1')).toBe('changed');
    expect(match.partnersOfSecond.get('0/1')).toEqual([
      { graph: 0, node: 0 },
      { graph: 0, node: 1 },
    ]);
  });

  it('calls an operator changed that computes in other types, and not one that only passes them on', () => {
    const pairsOfRun = [
      { first: ['conv1'], second: ['conv1', 'dq'] },
      { first: ['relu1'], second: ['relu1', 'q1', 'dq1'] },
      { first: ['conv2'], second: ['conv2'] },
    ];
    const match = matchGraphs(original, quantized, { from: 'report', pairs: pairsOfRun });
    expect(marks(match.marksOfFirst)).toEqual(['0/0 changed', '0/2 removed', '0/3 changed']);
    expect(marks(match.marksOfSecond)).toEqual([
      '0/0 added',
      '0/1 changed',
      '0/3 added',
      '0/4 added',
      '0/5 changed',
      '0/6 added',
    ]);
  });

  it('follows the structure where names were counted anew', () => {
    const first = makeDocument({
      nodes: [
        node('Conv', 'x W', 't1'),
        node('Relu', 't1', 't2'),
        node('Conv', 't2 V', 't3'),
        node('Add', 't3 t2', 't4'),
        node('Relu', 't4', 't5'),
      ],
      inputs: ['x'],
      outputs: ['t5'],
      weights: { W: [4, 3, 1, 1], V: [4, 4, 1, 1] },
    });
    const second = makeDocument({
      nodes: [
        node('Cast', 'in', 'u0'),
        node('QLinearConv', 'u0 s z P s z s z', 'u1', { name: 'Conv_7' }),
        node('Relu', 'u1', 'u2'),
        node('QLinearConv', 'u2 s z R s z s z', 'u3', { name: 'Conv_0' }),
        node('QLinearAdd', 'u3 s z u2 s z s z', 'u4', { domain: 'com.microsoft' }),
        node('Relu', 'u4', 'u5'),
      ],
      inputs: ['in'],
      outputs: ['u5'],
      weights: { ...weights, P: { dims: [4, 3, 1, 1], type: 'int8' }, R: { dims: [4, 4, 1, 1], type: 'int8' } },
    });
    const match = matchGraphs(first, second);
    expect(match.by).toBe('structure');
    expect(pairs(match, first, second)).toEqual([
      'Conv_0 = Conv_7',
      'Relu_1 = Relu_2',
      'Conv_2 = Conv_0',
      'Add_3 = QLinearAdd_4',
      'Relu_4 = Relu_5',
    ]);
    expect(marks(match.marksOfFirst)).toEqual(['0/0 changed', '0/2 changed', '0/3 changed']);
    expect(marks(match.marksOfSecond).filter((line) => line.endsWith('added'))).toEqual(['0/0 added']);
  });

  it('matches bodies where their nodes match', () => {
    const nested = (operator: string): GraphDocument =>
      makeDocument(
        { nodes: [node('If', 'c', 'y', { name: 'choice', subgraphs: [1] })], inputs: ['c'], outputs: ['y'] },
        {
          owner: { graph: 0, node: 0, attribute: 'then_branch' },
          nodes: [node('Relu', 'c', 'r', { name: 'first' }), node(operator, 'r', 's', { name: 'last' })],
          outputs: ['s'],
          captures: { c: 0 },
        },
      );
    const match = matchGraphs(nested('Exp'), nested('Log'));
    expect(marks(match.marksOfFirst)).toEqual(['1/1 changed']);
    expect(match.partnersOfFirst.get('1/0')).toEqual([{ graph: 1, node: 0 }]);
  });

  it('finds no difference between a model and itself', () => {
    const match = matchGraphs(quantized, quantized);
    expect([match.marksOfFirst.size, match.marksOfSecond.size]).toEqual([0, 0]);
  });

  it('marks groups by what they hold', () => {
    const grouped = (operator: string, extra: boolean): GraphDocument =>
      makeDocument({
        nodes: [
          node('Conv', 'x W', 'a', { name: '/g/Conv' }),
          node(operator, 'a', 'b', { name: '/g/act' }),
          ...(extra ? [node('Exp', 'b', 'c', { name: '/h/Exp' }), node('Log', 'c', 'd', { name: '/h/Log' })] : []),
          node('Softmax', extra ? 'd' : 'b', 'y', { name: '/Softmax' }),
        ],
        inputs: ['x'],
        outputs: ['y'],
        weights,
      });
    const [first, second] = [grouped('Relu', false), grouped('Elu', true)];
    const match = matchGraphs(first, second);
    expect([...changesOfItems(draw(second), second, match.marksOfSecond)]).toEqual([
      ['g:0/g', 'changed'],
      ['g:0/h', 'added'],
    ]);
  });
});
