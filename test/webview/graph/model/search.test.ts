import { describe, expect, it } from 'vitest';
import { GRAPH_STRINGS } from '../../../../src/protocol/graphStrings';
import { buildAllGroups } from '../../../../webview/graph/model/groups';
import { createSearch } from '../../../../webview/graph/model/search';
import { parseQuery } from '../../../../webview/graph/model/searchQuery';
import { draw } from './drawing';
import { makeDocument, node } from './makeDocument';

const document = makeDocument(
  {
    nodes: [
      node('Conv', 'image W1', 'a', { name: '/layer1/Conv', attributes: { kernel_shape: '3, 3' } }),
      node('Relu', 'a', 'b', { name: '/layer1/Relu' }),
      node('DequantizeLinear', 'W2 s', 'w', { name: 'dq' }),
      node('ConvTranspose', 'b w', 'c', { name: '/layer2/ConvTranspose', attributes: { auto_pad: 'SAME_UPPER' } }),
      node('If', 'flag', 'd', { name: '/layer2/If', subgraphs: [1] }),
      node('Call', 'c', 'y', { name: '/Call', domain: 'local', function: 2 }),
    ],
    inputs: ['image', 'flag'],
    outputs: ['y'],
    weights: {
      W1: [256, 64, 3, 3],
      W2: { dims: [256, 128, 1, 1], type: 'int8' },
      s: { values: [1] },
    },
    types: { image: ['float32', 1, 64, 56, 56], a: ['float32', 1, 256, 56, 56] },
  },
  {
    owner: { graph: 0, node: 4, attribute: 'then_branch' },
    nodes: [node('Neg', 'c', 'n', { name: 'inner' })],
    outputs: ['n'],
    captures: { c: 0 },
  },
  { kind: 'function', nodes: [node('Softmax', 'p', 'q')], inputs: ['p'], outputs: ['q'] },
);
const groups = buildAllGroups(document, GRAPH_STRINGS);
const search = createSearch(document, groups);
const found = (query: string): string[] => search.find(query).map(({ key }) => key);

it('parses fields, quotes and other spellings', () => {
  expect(parseQuery('Conv 256 op:"Max Pool" dtype:s8 shape:1x64x* name: shape:2×?')).toEqual([
    { field: 'any', text: 'conv' },
    { field: 'any', text: '256' },
    { field: 'operator', text: 'max pool' },
    { field: 'type', text: 'int8' },
    { field: 'shape', dims: ['1', '64'], isOpen: true },
    { field: 'shape', dims: ['2', '?'], isOpen: false },
  ]);
});

describe('search', () => {
  it.each([
    ['', []],
    ['conv 256', ['n:0/0', 'n:0/3']],
    ['op:conv 64', ['n:0/0']],
    ['CONV', ['n:0/0', 'n:0/3']],
    ['name:layer1', ['n:0/0', 'n:0/1']],
    ['dtype:int8', ['n:0/2', 'n:0/3']],
    ['int8', ['n:0/2', 'n:0/3']],
    ['shape:1x64x*', ['i:0/0', 'n:0/0']],
    ['shape:1x*x56x56', ['i:0/0', 'n:0/0', 'n:0/1']],
    ['3x3', ['n:0/0']],
    ['same_upper', ['n:0/3']],
    ['W2', ['n:0/2', 'n:0/3']],
    ['softmax', ['n:0/5>n:2/0']],
    ['inner', ['n:1/0']],
    ['y output', ['o:0/10']],
    ['nothing like this', []],
  ])('of "%s"', (query, keys) => {
    expect(found(query)).toEqual(keys);
  });

  it('says what to expand for a hit to be drawn', () => {
    const hits = [...search.find('relu'), ...search.find('inner'), ...search.find('softmax')];
    for (const { key, around } of hits) {
      expect(draw(document).items.some((item) => item.key === key)).toBe(false);
      expect(draw(document, around).items.some((item) => item.key === key)).toBe(true);
    }
    expect(hits.map(({ around }) => around)).toEqual([['g:0/layer1'], ['g:0/layer2', 'n:0/4'], ['n:0/5']]);
  });
});
