import { describe, expect, it } from 'vitest';
import { indexDocument } from '../../../../webview/graph/model/documentIndex';
import { weightBehind } from '../../../../webview/graph/model/nodeWeights';
import { makeDocument, node } from './makeDocument';

describe('weightBehind', () => {
  const index = indexDocument(
    makeDocument({
      inputs: ['x'],
      outputs: ['y'],
      weights: { w: { values: [1, 2, 3, 4], type: 'int8' }, s: { values: [0.5] }, v: { values: [1, 2] } },
      nodes: [
        node('DequantizeLinear', 'w s', 'wd'),
        node('QuantizeLinear', 'v s', 'vq'),
        node('DequantizeLinear', 'vq s', 'vd'),
        node('QuantizeLinear', 'x s', 'xq'),
        node('DequantizeLinear', 'xq s', 'xd'),
        node('Neg', 'w', 'n'),
        node('Sum', 'wd vd xd n', 'y'),
      ],
    }),
  );
  const behind = (name: string): string | undefined => {
    const found = weightBehind(
      index,
      index.tensors.findIndex((tensor) => tensor.name === name),
    );
    return found && index.tensors[found.tensor]?.name;
  };

  it('finds a weight itself, and through the nodes that quantize and dequantize it', () => {
    expect(['w', 'wd', 'vd'].map(behind)).toEqual(['w', 'w', 'v']);
  });

  it('finds none behind activations, and none behind what computes something else', () => {
    expect(['xd', 'n', 'y', 'x'].map(behind)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
