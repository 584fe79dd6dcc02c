import { makeNode } from '../../../src/onnx/attributes';
import type { Model } from '../../../src/onnx/model';
import type { NodeProto } from '../../../src/onnx/onnx_pb';
import { buildModel, sampleValues } from '../../fixtures/buildModel';

/** How much one channel of the guilty layer outweighs the others. */
const OUTLIER = 1000;

/**
 * Three convolutions and a classifier. One channel of `guilty` is far larger than the others, and negative, so that the
 * Relu behind it leaves none of it: one scale for the whole weight leaves nothing of the other channels.
 * With a `head` of -1 the class that was the most likely one is the least likely.
 */
export function lopsidedModel(head = 1): Model {
  const weights = (seed: number): number[] => sampleValues(16 * 16 * 9, seed).map((value) => value / 5);
  const guilty = weights(2).map((value, i) => (Math.floor(i / 144) === 3 ? -Math.abs(value) * OUTLIER : value));
  const conv = (name: string, input: string, output: string): NodeProto =>
    makeNode('Conv', name, [input, `${name}_w`], [output], { pads: [1, 1, 1, 1] });
  return buildModel({
    inputs: { x: ['float32', ['batch', 16, 8, 8]] },
    outputs: { scores: ['float32', ['batch', 10]] },
    initializers: {
      first_w: { dims: [16, 16, 3, 3], values: weights(1) },
      guilty_w: { dims: [16, 16, 3, 3], values: guilty },
      last_w: { dims: [16, 16, 3, 3], values: weights(3) },
      fc: { dims: [1024, 10], values: sampleValues(10240, 4).map((value) => (head * value) / 4) },
    },
    nodes: [
      conv('first', 'x', 'a'),
      makeNode('Relu', 'active1', ['a'], ['b']),
      conv('guilty', 'b', 'c'),
      makeNode('Relu', 'active2', ['c'], ['d']),
      conv('last', 'd', 'e'),
      makeNode('Flatten', 'flat', ['e'], ['f']),
      makeNode('MatMul', 'head', ['f', 'fc'], ['scores']),
    ],
  });
}
