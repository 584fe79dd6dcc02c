import { expect, it } from 'vitest';
import { GRAPH_STRINGS } from '../../../../src/protocol/graphStrings';
import { buildAllGroups } from '../../../../webview/graph/model/groups';
import { layerRows } from '../../../../webview/graph/model/layerRows';
import { outlineEntries } from '../../../../webview/graph/model/outline';
import { operatorCategory } from '../../../../webview/graph/model/operatorCategory';
import { bytesText, countText, percentText, shortNumber } from '../../../../webview/graph/model/numberText';
import { makeDocument, node } from './makeDocument';

const document = makeDocument({
  nodes: [
    node('Conv', 'x W B', 'a', { name: '/g/Conv', attributes: { group: '2' } }),
    node('Relu', 'a', 'b', { name: '/g/Relu' }),
    node('QuantizeLinear', 'b s z', 'q', { name: 'q' }),
    node('DequantizeLinear', 'q s z', 'd', { name: 'd' }),
    node('DequantizeLinear', 'V s z', 'v', { name: 'dv' }),
    node('Gemm', 'd v', 'y', { name: '/h/Gemm' }),
    node('QLinearMatMul', 'xi s z V s z s z', 'm', { name: '/h/product' }),
    node('ConvTranspose', 'a T', 't', { name: 'up' }),
  ],
  inputs: ['x', 'xi'],
  outputs: ['y', 'm', 't'],
  weights: {
    W: [8, 2, 3, 3],
    B: [8],
    V: { dims: [10, 4], type: 'int8' },
    T: [8, 3, 2, 2],
    s: { values: [1] },
    z: { values: [0], type: 'int8' },
  },
  types: {
    a: ['float32', 1, 8, 5, 5],
    b: ['float32', 6, 10],
    xi: ['int8', 6, 10],
    y: ['float32', 6, 4],
    m: ['int8', 6, 4],
  },
});

it('lists layers with parameters, bytes and multiply-accumulates', () => {
  const rows = layerRows(document, buildAllGroups(document, GRAPH_STRINGS), GRAPH_STRINGS);
  expect(
    rows.map(({ operator, parameters, bytes, macs, quantization }) => [
      operator,
      parameters,
      bytes,
      macs,
      quantization,
    ]),
  ).toEqual([
    ['Conv', 152, 608, 200 * 18, ''],
    ['Relu', 0, 0, undefined, ''],
    ['Gemm', 40, 40, 24 * 10, 's8'],
    ['QLinearMatMul', 40, 45, 24 * 10, 's8'],
    ['ConvTranspose', 96, 384, 200 * 12, ''],
  ]);
  expect(rows[0]).toMatchObject({ key: 'n:0/0', around: ['g:0/g'], type: 'float32', dims: [1, 8, 5, 5] });
});

it('lists groups in the outline', () => {
  const withBody = { ...document, graphs: [document.graphs[0]!, { ...document.graphs[0]!, name: 'helper' }] };
  expect(outlineEntries(withBody, buildAllGroups(withBody, GRAPH_STRINGS), GRAPH_STRINGS)).toMatchObject([
    { key: 'g:0/g', label: 'g', description: '2 nodes · 613 B', children: [] },
    { key: 'g:0/h', label: 'h', description: '2 nodes · 45 B' },
    { key: 'graph:1', label: 'helper', description: '5 nodes', children: [{ key: 'g:1/g' }, { key: 'g:1/h' }] },
  ]);
});

it('knows operators of ONNX and com.microsoft, and none of other domains', () => {
  const named: [string, string][] = [
    ['Conv', ''],
    ['Conv', 'ai.onnx'],
    ['FusedConv', 'com.microsoft'],
    ['FusedConv', ''],
    ['Gelu', 'com.microsoft'],
    ['Conv', 'custom'],
  ];
  expect(named.map(([operator, domain]) => operatorCategory(operator, domain))).toEqual([
    'convolution',
    'convolution',
    'convolution',
    'other',
    'activation',
    'other',
  ]);
});

it('writes numbers short', () => {
  expect([0.023456, 114, -2.68123, 3e-7, 1234567, 2 ** 63].map(shortNumber)).toEqual([
    '0.0235',
    '114',
    '-2.68',
    '3e-7',
    '1230000',
    '9.22e+18',
  ]);
  expect([0, 999, 1234567, 150 * 1024].map(bytesText)).toEqual(['0 B', '999 B', '1.2 MB', '150 KB']);
  expect([12, 25600000].map(countText)).toEqual(['12', '25.6 M']);
  expect([0, 0.00123, 0.37].map(percentText)).toEqual(['0 %', '0.12 %', '37 %']);
});
