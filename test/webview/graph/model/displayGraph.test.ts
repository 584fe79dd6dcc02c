import { describe, expect, it } from 'vitest';
import { findItemOfNode } from '../../../../webview/graph/model/findItem';
import { draw, edgeLines, itemLines } from './drawing';
import { makeDocument, node } from './makeDocument';

const rowsOf = (display: ReturnType<typeof draw>, key: string): string[] =>
  display.items.find((item) => item.key === key)!.rows.map(({ kind, label, value }) => `${kind} ${label} ${value}`);

describe('blocks', () => {
  const document = makeDocument({
    nodes: [
      node('Constant', '', 'two'),
      node('Conv', 'x W b', 'a', {
        attributes: { kernel_shape: '7, 7', strides: '2, 2', pads: '3, 3, 3, 3', dilations: '1, 1', group: '1' },
      }),
      node('Mul', 'a two', 'm'),
      node('Transpose', 'm', 't', { attributes: { perm: '0, 3, 1, 2' } }),
      node('Cast', 't', 'c', { attributes: { to: '10' } }),
      node('LeakyRelu', 'c', 'l', { attributes: { alpha: '0.01' } }),
      node('Reshape', 'l shape', 'y'),
    ],
    inputs: ['x'],
    outputs: ['y'],
    weights: {
      two: { values: [2] },
      W: [64, 3, 7, 7],
      b: [64],
      shape: { values: [0, 3, 1, -1], type: 'int64' },
    },
    types: { x: ['float32', 1, 3, 224, 224], a: ['float32', 'N', null, 112, 112] },
  });

  it('show key attributes, weights by shape and small constants by value', () => {
    const display = draw(document);
    expect(display.items.map(({ key }) => rowsOf(display, key))).toEqual([
      ['summary  float32 1×3×224×224'],
      [
        'attribute kernel 7×7',
        'attribute strides 2×2',
        'attribute pads 3, 3, 3, 3',
        'weight W 64×3×7×7',
        'weight B 64',
      ],
      ['weight B 2'],
      ['attribute perm 0, 3, 1, 2'],
      ['attribute to float16'],
      [],
      ['weight shape [0, 3, 1, -1]'],
      [],
    ]);
  });

  it('connect by one edge a tensor, with its type and shape', () => {
    expect(edgeLines(draw(document)).slice(0, 2)).toEqual([
      'i:0/0 -> n:0/1 | float32 1×3×224×224',
      'n:0/1 -> n:0/2 | float32 N×?×112×112',
    ]);
  });

  it('take types and sizes that the file leaves open from inferred shapes', () => {
    const inferred = { graph: 0, tensor: document.graphs[0]!.tensors.findIndex(({ name }) => name === 'a') };
    const shapes = { tensors: [{ ...inferred, type: 'float32', dims: [1, 64, 112, 112] }] };
    expect(edgeLines(draw(document, [], { shapes }))[1]).toBe('n:0/1 -> n:0/2 | float32 N×64×112×112');
  });

  it('that read a Constant are found for it, with the row', () => {
    const display = draw(document);
    expect(findItemOfNode(document, display, { graph: 0, node: 0 })).toEqual({ kind: 'item', item: 2, row: 0 });
  });

  it('are drawn for a Constant that is an output', () => {
    const constant = makeDocument({ nodes: [node('Constant', '', 'y')], outputs: ['y'], weights: { y: [2] } });
    expect(itemLines(draw(constant))).toEqual(['n:0/0 Constant', 'o:0/0 y']);
  });
});

describe('groups', () => {
  const document = makeDocument({
    nodes: [
      node('Conv', 'x W', 'a', { name: '/g/Conv' }),
      node('Relu', 'a', 'b', { name: '/g/Relu' }),
      node('Add', 'b x', 'y', { name: '/Add' }),
    ],
    inputs: ['x'],
    outputs: ['y'],
    weights: { W: [4, 4, 1, 1] },
  });

  it('stand for their members while collapsed', () => {
    const display = draw(document);
    expect(itemLines(display)).toEqual(['i:0/0 x', 'g:0/g g', 'n:0/2 Add', 'o:0/4 y']);
    expect(edgeLines(display)).toEqual(['i:0/0 -> g:0/g n:0/2', 'g:0/g -> n:0/2', 'n:0/2 -> o:0/4']);
    expect(rowsOf(display, 'g:0/g')).toEqual(['summary 2 nodes 64 B', 'summary  Conv, Relu']);
    expect(display.items[1]).toMatchObject({ category: 'convolution', members: [{ node: 0 }, { node: 1 }] });
  });

  it('contain their members when expanded', () => {
    const display = draw(document, ['g:0/g']);
    expect(itemLines(display)).toEqual(['i:0/0 x', 'g:0/g g', '  n:0/0 Conv', '  n:0/1 Relu', 'n:0/2 Add', 'o:0/4 y']);
    expect(edgeLines(display)).toEqual(['i:0/0 -> n:0/0 n:0/2', 'n:0/0 -> n:0/1', 'n:0/1 -> n:0/2', 'n:0/2 -> o:0/4']);
  });

  it('are found for what they hide', () => {
    expect(findItemOfNode(document, draw(document), { graph: 0, node: 1 })).toEqual({ kind: 'item', item: 1 });
  });
});

describe('bodies', () => {
  const document = makeDocument(
    {
      nodes: [node('Relu', 'x', 'r'), node('If', 'c', 'y', { subgraphs: [1, 2] }), node('Neg', 'y', 'z')],
      inputs: ['x', 'c'],
      outputs: ['z'],
    },
    {
      owner: { graph: 0, node: 1, attribute: 'then_branch' },
      nodes: [node('Abs', 'r', 'p')],
      outputs: ['p'],
      captures: { r: 0 },
    },
    {
      owner: { graph: 0, node: 1, attribute: 'else_branch' },
      nodes: [],
      outputs: ['r'],
      captures: { r: 0 },
    },
  );

  it('that are closed read what they capture through their node', () => {
    expect(edgeLines(draw(document))).toEqual([
      'i:0/0 -> n:0/0',
      'i:0/1 -> n:0/1',
      'n:0/0 -> n:0/1',
      'n:0/1 -> n:0/2',
      'n:0/2 -> o:0/4',
    ]);
  });

  it('open in place, fed from outside', () => {
    const display = draw(document, ['n:0/1']);
    expect(itemLines(display)).toEqual([
      'i:0/0 x',
      'i:0/1 c',
      'n:0/0 Relu',
      'n:0/1 If',
      '  c:0/1 If',
      '  b:1 then_branch',
      '    n:1/0 Abs',
      '    o:1/1 p',
      '  b:2 else_branch',
      '    o:2/0 r',
      'n:0/2 Neg',
      'o:0/4 z',
    ]);
    expect(edgeLines(display)).toEqual([
      'i:0/0 -> n:0/0',
      'i:0/1 -> c:0/1',
      'o:1/1 -> n:0/2',
      'o:2/0 -> n:0/2',
      'n:0/2 -> o:0/4',
      'n:0/0 -> n:1/0 o:2/0',
      'n:1/0 -> o:1/1',
    ]);
  });

  it('shown alone have what they capture as inputs', () => {
    const display = draw(document, [], { graph: 1 });
    expect(itemLines(display)).toEqual(['n:1/0 Abs', 'o:1/1 p', 'i:0/2 r']);
    expect(edgeLines(display)).toEqual(['i:0/2 -> n:1/0', 'n:1/0 -> o:1/1']);
  });

  it('of loops are fed slot by slot', () => {
    const loop = makeDocument(
      { nodes: [node('Loop', 'n _ s', 'e', { subgraphs: [1] })], inputs: ['n', 's'], outputs: ['e'] },
      {
        owner: { graph: 0, node: 0, attribute: 'body' },
        nodes: [node('Not', 'go', 'stop'), node('Neg', 'state', 'next')],
        inputs: ['i', 'go', 'state'],
        outputs: ['stop', 'next'],
      },
    );
    expect(edgeLines(draw(loop, ['n:0/0']))).toEqual([
      'i:0/0 -> c:0/0',
      'i:0/1 -> i:1/2',
      'o:1/4 -> o:0/2',
      'i:1/1 -> n:1/0',
      'i:1/2 -> n:1/1',
      'n:1/0 -> o:1/3',
      'n:1/1 -> o:1/4',
    ]);
  });

  it('of functions are drawn for each call, and never for ever', () => {
    const calls = makeDocument(
      {
        nodes: [
          node('Twice', 'x', 'a', { domain: 'local', function: 1 }),
          node('Twice', 'a', 'y', { domain: 'local', function: 1 }),
        ],
        inputs: ['x'],
        outputs: ['y'],
      },
      {
        kind: 'function',
        nodes: [node('Add', 'p p', 'q'), node('Twice', 'q', 'r', { domain: 'local', function: 1 })],
        inputs: ['p'],
        outputs: ['r'],
      },
    );
    const display = draw(calls, ['n:0/0', 'n:0/1', 'n:0/0>n:1/1']);
    expect(itemLines(display)).toEqual([
      'i:0/0 x',
      'n:0/0 Twice',
      '  n:0/0>i:1/0 p',
      '  n:0/0>n:1/0 Add',
      '  n:0/0>n:1/1 Twice',
      '  n:0/0>o:1/2 r',
      'n:0/1 Twice',
      '  n:0/1>i:1/0 p',
      '  n:0/1>n:1/0 Add',
      '  n:0/1>n:1/1 Twice',
      '  n:0/1>o:1/2 r',
      'o:0/2 y',
    ]);
    expect(edgeLines(display).slice(0, 3)).toEqual([
      'i:0/0 -> n:0/0>i:1/0',
      'n:0/0>o:1/2 -> n:0/1>i:1/0',
      'n:0/1>o:1/2 -> o:0/2',
    ]);
  });
});
