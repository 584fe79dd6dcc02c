import { describe, expect, it } from 'vitest';
import type { OverlayData } from '../../../../src/protocol';
import { GRAPH_STRINGS } from '../../../../src/protocol/graphStrings';
import type { OverlayKind } from '../../../../webview/graph/model/display';
import { buildOverlay, type OverlaySources } from '../../../../webview/graph/model/overlay';
import { draw } from './drawing';
import { makeDocument, node } from './makeDocument';

const document = makeDocument({
  nodes: [
    node('Conv', 'x W', 'a', { name: '/g/Conv' }),
    node('Relu', 'a', 'b', { name: '/g/Relu' }),
    node('QuantizeLinear', 'b s z', 'q', { name: 'q' }),
    node('DequantizeLinear', 'q s z', 'd', { name: 'd' }),
    node('DequantizeLinear', 'V s z8', 'v', { name: 'dv' }),
    node('MatMul', 'd v', 'y', { name: 'product' }),
  ],
  inputs: ['x'],
  outputs: ['y'],
  weights: {
    W: [100, 1],
    V: { dims: [300, 4], type: 'int8' },
    s: { values: [1] },
    z: { values: [0], type: 'uint8' },
    z8: { values: [0], type: 'int8' },
  },
  types: { x: ['float32', 1], a: ['float32', 1], b: ['float32', 1], y: ['float32', 1] },
});

function marks(kind: OverlayKind, sources: Partial<OverlaySources> = {}, expanded: string[] = []): string[] {
  const view = buildOverlay(kind, document, draw(document, expanded), { strings: GRAPH_STRINGS, ...sources });
  return [...view.values].map(
    ([key, { text, level }]) => `${key} ${text} ${level === undefined ? '-' : String(Number(level.toFixed(3)))}`,
  );
}

const data = (values: Record<string, number>): OverlayData => ({
  overlay: 'latency',
  origin: '',
  values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }])),
});

describe('overlays', () => {
  it('of categories and types have classes with counts', () => {
    const display = draw(document);
    expect(buildOverlay('category', document, display, { strings: GRAPH_STRINGS }).legend).toEqual({
      kind: 'classes',
      title: 'Operator category',
      classes: [
        { label: 'convolution', count: 2 },
        { label: 'matrix', count: 1 },
      ],
    });
    expect(marks('dataType')).toEqual(['i:0/0 f32 0', 'g:0/g f32 0', 'n:0/5 s8 1', 'o:0/11 f32 0']);
  });

  it('of size count stored bytes, of groups together', () => {
    expect(marks('size')).toEqual(['g:0/g 405 B 0.338', 'n:0/5 1.2 KB 1']);
    expect(marks('size', {}, ['g:0/g'])).toEqual(['g:0/g 405 B 0.338', 'n:0/0 400 B 0.333', 'n:0/5 1.2 KB 1']);
  });

  it('of sparsity average over the elements that were read', () => {
    const sparsityOf = new Map([
      ['0/1', 0.25],
      ['0/2', 0.5],
    ]);
    expect(marks('sparsity', { sparsityOf })).toEqual(['g:0/g 25 % 0.25', 'n:0/5 50 % 0.5']);
    expect(marks('sparsity')).toEqual([]);
  });

  it('of latency sum groups and count what is folded into a block', () => {
    const latency = data({ '/g/Conv': 0.25, '/g/Relu': 0.25, product: 0.75, dv: 0.25, toString: 3 });
    expect(marks('latency', { data: latency })).toEqual(['g:0/g 0.5 ms 0.5', 'n:0/5 1 ms 1']);
  });

  it('of latency say of what runs as a part of another node that it is fused, and never that it takes no time', () => {
    const latency: OverlayData = {
      ...data({ '/g/Conv': 0.5, product: 1 }),
      values: { '/g/Conv': { value: 0.5 }, '/g/Relu': { value: 0, fusedInto: '/g/Conv' }, product: { value: 1 } },
    };
    const lines = marks('latency', { data: latency }, ['g:0/g']);
    expect(lines.slice(0, 3)).toEqual(['g:0/g 0.5 ms 0.5', 'n:0/0 0.5 ms 0.5', 'n:0/5 1 ms 1']);
    expect(lines.slice(3)).toEqual(['n:0/1 fused -']);
  });

  it('of sensitivity and range take the most of a group', () => {
    const figures = data({ '/g/Conv': 0.02, '/g/Relu': 0.04, product: 0.01 });
    expect(marks('sensitivity', { data: figures })).toEqual(['g:0/g 0.04 1', 'n:0/5 0.01 0.25']);
    expect(marks('range', { data: figures })).toEqual(['g:0/g 4 % 1', 'n:0/5 1 % 0.25']);
  });

  it('without data have a legend and no marks', () => {
    const view = buildOverlay('latency', document, draw(document), { strings: GRAPH_STRINGS });
    expect(view.legend).toEqual({ kind: 'scale', title: 'Node latency', low: '0 ms', high: '0 ms' });
    expect(view.values.size).toBe(0);
  });
});
