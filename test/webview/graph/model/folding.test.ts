import { describe, expect, it } from 'vitest';
import { findItemOfNode } from '../../../../webview/graph/model/findItem';
import { draw, edgeLines, itemLines } from './drawing';
import { makeDocument, node, type BodySketch, type NodeSketch, type WeightSketch } from './makeDocument';

const PARAMETERS: Record<string, WeightSketch> = {
  s: { values: [0.0235] },
  z: { values: [114], type: 'uint8' },
  s2: { values: [0.5] },
  z2: { values: [0], type: 'int8' },
};

function quantized(nodes: readonly NodeSketch[], rest: Partial<BodySketch> = {}): ReturnType<typeof makeDocument> {
  return makeDocument({ inputs: ['x'], outputs: ['y'], ...rest, nodes, weights: { ...PARAMETERS, ...rest.weights } });
}

const quantizationRows = (display: ReturnType<typeof draw>, key: string): string[] =>
  display.items
    .find((item) => item.key === key)!
    .rows.filter(({ kind }) => kind === 'quantization')
    .map(({ label, value }) => `${label} ${value}`);

const LABEL = 'u8 scale 0.0235 zero point 114 range -2.68 .. 3.31';

describe('pairs on activations', () => {
  const pair = quantized([
    node('Relu', 'x', 'a'),
    node('QuantizeLinear', 'a s z', 'q'),
    node('DequantizeLinear', 'q s z', 'd'),
    node('DequantizeLinear', 'q s z', 'd2'),
    node('Add', 'd d2', 'y'),
  ]);

  it('become the label of the edge, all DequantizeLinear of one QuantizeLinear at once', () => {
    const display = draw(pair);
    expect(itemLines(display)).toEqual(['i:0/0 x', 'n:0/0 Relu', 'n:0/4 Add', `o:0/9 y`]);
    expect(edgeLines(display)[1]).toBe(`n:0/0 -> n:0/4 |  | ${LABEL}`);
    expect(display.edges[1]!.quantization).toEqual({
      text: LABEL,
      brief: 'u8 -2.68 .. 3.31',
      short: 'u8',
      grid: { dataType: 'uint8', scales: [0.0235], zeroPoints: [114], integerRange: [0, 255] },
      summary: { scaleCount: 1, scaleRange: [0.0235, 0.0235], zeroPointRange: [114, 114] },
      nodes: [1, 2, 3].map((place) => ({ graph: 0, node: place })),
    });
  });

  it('are found by the edge that they became', () => {
    expect(findItemOfNode(pair, draw(pair), { graph: 0, node: 3 })).toEqual({ kind: 'edge', edge: 1 });
  });

  it('are nodes in the raw graph', () => {
    const display = draw(pair, [], { raw: true });
    expect(itemLines(display)).toHaveLength(7);
    expect(edgeLines(display).slice(1, 3)).toEqual(['n:0/0 -> n:0/1', `n:0/1 -> n:0/2 n:0/3 |  | ${LABEL}`]);
  });

  it('fold at inputs and outputs of the graph', () => {
    const document = quantized([
      node('QuantizeLinear', 'x s z', 'q'),
      node('DequantizeLinear', 'q s z', 'd'),
      node('Relu', 'd', 'a'),
      node('QuantizeLinear', 'a s2 z2', 'q2'),
      node('DequantizeLinear', 'q2 s2 z2', 'y'),
    ]);
    expect(edgeLines(draw(document))).toEqual([
      `i:0/0 -> n:0/2 |  | ${LABEL}`,
      'n:0/2 -> o:0/9 |  | s8 scale 0.5 zero point 0 range -64.00 .. 63.50',
    ]);
  });

  it('leave an edge of their own to what reads the float tensor', () => {
    const document = quantized([
      node('Relu', 'x', 'a'),
      node('QuantizeLinear', 'a s z', 'q'),
      node('DequantizeLinear', 'q s z', 'd'),
      node('Conv', 'd', 'b'),
      node('Add', 'a b', 'y'),
    ]);
    expect(edgeLines(draw(document)).slice(1, 3)).toEqual([`n:0/0 -> n:0/3 |  | ${LABEL}`, 'n:0/0 -> n:0/4']);
    expect(
      draw(document)
        .edges.slice(1, 3)
        .map(({ key }) => key),
    ).toEqual(['e:0/5:q1', 'e:0/5']);
  });

  it('in a row name every grid', () => {
    const document = quantized([
      node('QuantizeLinear', 'x s z', 'q'),
      node('DequantizeLinear', 'q s z', 'd'),
      node('QuantizeLinear', 'd s2 z2', 'q2'),
      node('DequantizeLinear', 'q2 s2 z2', 'e'),
      node('Relu', 'e', 'y'),
    ]);
    expect(draw(document).edges[0]!.quantization).toMatchObject({
      text: `${LABEL} → s8 scale 0.5 zero point 0 range -64.00 .. 63.50`,
      brief: 'u8 -2.68 .. 3.31 → s8 -64.00 .. 63.50',
      nodes: [{ node: 0 }, { node: 1 }, { node: 2 }, { node: 3 }],
    });
  });

  it('reach into bodies', () => {
    const document = makeDocument(
      {
        nodes: [node('QuantizeLinear', 'x s z', 'q'), node('If', 'c', 'y', { subgraphs: [1] })],
        inputs: ['x', 'c'],
        outputs: ['y'],
        weights: PARAMETERS,
      },
      {
        owner: { graph: 0, node: 1, attribute: 'then_branch' },
        nodes: [node('DequantizeLinear', 'q s z', 'd'), node('Relu', 'd', 'r')],
        outputs: ['r'],
        captures: { q: 0, s: 0, z: 0 },
      },
    );
    expect(edgeLines(draw(document))).toContain(`i:0/0 -> n:0/1 |  | ${LABEL}`);
    expect(edgeLines(draw(document, ['n:0/1']))).toContain(`i:0/0 -> n:1/1 |  | ${LABEL}`);
  });
});

describe('what is no pair', () => {
  it.each([
    ['a QuantizeLinear whose integers are an output', [node('QuantizeLinear', 'x s z', 'y')]],
    ['a DequantizeLinear of an integer input', [node('DequantizeLinear', 'x s z', 'y')]],
    [
      'different parameters on both sides',
      [node('QuantizeLinear', 'x s z', 'q'), node('DequantizeLinear', 'q s2 z', 'y')],
    ],
    [
      'integers that something else reads',
      [
        node('QuantizeLinear', 'x s z', 'q'),
        node('DequantizeLinear', 'q s z', 'd'),
        node('MatMulInteger', 'q q', 'm'),
        node('Add', 'd m', 'y'),
      ],
    ],
    [
      'scales that are computed',
      [node('ReduceMax', 'x', 't'), node('QuantizeLinear', 'x t', 'q'), node('DequantizeLinear', 'q t', 'y')],
    ],
  ])('stays: %s', (_, nodes) => {
    const display = draw(quantized(nodes));
    expect(display.items.filter(({ kind }) => kind === 'operator')).toHaveLength(nodes.length);
  });

  it('tells parameters of a lone node on its block', () => {
    expect(quantizationRows(draw(quantized([node('QuantizeLinear', 'x s z', 'y')])), 'n:0/0')).toEqual([`y ${LABEL}`]);
  });
});

it('ends where an invalid model quantizes in a circle', () => {
  const document = quantized([
    node('QuantizeLinear', 'd s z', 'q', { name: '/g/q' }),
    node('DequantizeLinear', 'q s z', 'd', { name: '/g/d' }),
    ...Array.from({ length: 30 }, (_, place) =>
      node('Add', place === 0 ? 'd x' : `t${String(place)} d`, `t${String(place + 1)}`),
    ),
    node('Relu', 't30', 'y'),
  ]);
  expect(draw(document).items.filter(({ kind }) => kind === 'operator')).toHaveLength(31);
});

describe('weights', () => {
  it('show how they are quantized, per channel and in blocks', () => {
    const document = quantized(
      [
        node('DequantizeLinear', 'W ws wz', 'w', { attributes: { axis: '0' } }),
        node('Conv', 'x w', 'a'),
        node('DequantizeLinear', 'V vs', 'v', { attributes: { axis: '0', block_size: '32' } }),
        node('MatMul', 'a v', 'b'),
        node('DequantizeLinear', 'U us uz', 'u', { attributes: { axis: '0' } }),
        node('MatMul', 'b u', 'y'),
      ],
      {
        weights: {
          W: { dims: [3, 3, 1, 1], type: 'int8' },
          ws: { values: [0.001, 0.02, 0.004] },
          wz: { values: [0, 0, 0], type: 'int8' },
          V: { dims: [64, 8], type: 'int4' },
          vs: { dims: [2, 8], values: Array.from({ length: 16 }, (_, place) => (place + 1) / 10) },
          U: { dims: [128, 8], type: 'int8' },
          us: { dims: [128], range: [0.25, 0.75] },
          uz: { dims: [128], type: 'int8', range: [0, 0] },
        },
      },
    );
    const display = draw(document);
    expect(quantizationRows(display, 'n:0/1')).toEqual(['W s8 per channel (3) scale 0.001 .. 0.02']);
    expect(quantizationRows(display, 'n:0/3')).toEqual(['B s4 blocks of 32 (16) scale 0.1 .. 1.6']);
    expect(quantizationRows(display, 'n:0/5')).toEqual(['B s8 per channel (128) scale 0.25 .. 0.75']);
    expect(display.items[1]!.rows.at(-1)!.quantization).toMatchObject({
      short: 's8 per channel',
      grid: { dataType: 'int8', scales: [0.001, 0.02, 0.004], axis: 0, integerRange: [-128, 127] },
      nodes: [{ graph: 0, node: 0 }],
    });
    expect(findItemOfNode(document, display, { graph: 0, node: 0 })).toEqual({ kind: 'item', item: 1, row: 1 });
  });

  it('are seen through fake quantization, Identity and ConstantOfShape', () => {
    const document = quantized(
      [
        node('Identity', 'W', 'i'),
        node('QuantizeLinear', 'i s2 z2', 'q'),
        node('DequantizeLinear', 'q s2 z2', 'w'),
        node('ConstantOfShape', 'shape', 'fill'),
        node('Conv', 'x w fill', 'y'),
      ],
      { weights: { W: [8, 3, 1, 1], shape: { values: [8], type: 'int64' } } },
    );
    const display = draw(document);
    expect(display.items.map(({ key }) => key)).toEqual(['i:0/0', 'n:0/4', 'o:0/11']);
    expect(display.items[1]!.rows.map(({ label, value }) => `${label} ${value}`)).toEqual([
      'W 8×3×1×1',
      'W s8 scale 0.5 zero point 0 range -64.00 .. 63.50',
      'B ConstantOfShape 8',
    ]);
  });
});

describe('operators that carry parameters themselves', () => {
  it('show those of every operand, and of what they make on the edge', () => {
    const document = quantized(
      [node('QLinearConv', 'x s z W s2 z2 s z B', 'a'), node('DequantizeLinear', 'a s z', 'y')],
      { weights: { W: { dims: [8, 3, 3, 3], type: 'int8' }, B: { dims: [8], type: 'int32' } } },
    );
    const display = draw(document);
    expect(display.items[1]!.rows.map(({ kind, label, value }) => `${kind} ${label} ${value}`)).toEqual([
      `quantization X ${LABEL}`,
      'weight W int8 8×3×3×3',
      'quantization W s8 scale 0.5 zero point 0 range -64.00 .. 63.50',
      'weight B int32 8',
      `quantization Y ${LABEL}`,
    ]);
    expect(edgeLines(display)[1]).toBe(`n:0/0 -> n:0/1 |  | ${LABEL}`);
  });

  it('include packed 4-bit weights, integer products and scales set at run time', () => {
    const document = quantized(
      [
        node('MatMulNBits', 'x N ns', 'a', {
          domain: 'com.microsoft',
          attributes: { bits: '4', block_size: '32', K: '64', N: '8' },
        }),
        node('DynamicQuantizeLinear', 'a', 'q t p'),
        node('MatMulInteger', 'q M p z2', 'y'),
      ],
      {
        weights: {
          N: { dims: [8, 2, 16], type: 'uint8' },
          ns: { values: Array.from({ length: 16 }, () => 0.25) },
          M: { dims: [8, 8], type: 'int8' },
        },
      },
    );
    const display = draw(document);
    expect(quantizationRows(display, 'n:0/0')).toEqual(['B u4 blocks of 32 (16) scale 0.25 .. 0.25']);
    expect(quantizationRows(display, 'n:0/2')).toEqual(['A u8 scale set at run time', 'B s8 zero point 0']);
  });
});
