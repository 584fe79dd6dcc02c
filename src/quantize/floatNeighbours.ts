import { intAttribute } from '../onnx/attributes';
import { isStandard, type GraphIndex } from '../onnx/graphIndex';
import type { NodeProto } from '../onnx/onnx_pb';
import { dimsOf } from '../onnx/tensor';
import type { Placement } from './placement';

/** A node that stays in float between quantized tensors. */
export interface FloatNeighbour {
  readonly node: NodeProto;
  /** The axis of its first input along which its weight's input channels run, and how many there are. */
  readonly axis: number;
  readonly channels: number;
}

/** How many activations may lie between such a node and the next quantizer. */
const MAX_ACTIVATIONS = 4;

/**
 * The convolutions that stay in float although what they read and what becomes of their output is quantized.
 * ONNX Runtime would quantize their weights by itself (WeightBiasQuantization, seen in 1.30), to one scale for the whole
 * tensor and without asking: of MobileNetV1 with its depthwise convolutions in float, nothing was left.
 */
export function floatNeighbours({ layers, tensors }: Placement, index: GraphIndex): FloatNeighbour[] {
  const isInt8 = new Set(layers.map(({ node }) => node));
  return index.graph.node.flatMap((node) => {
    if (isInt8.has(node) || !tensors.has(node.input[0] ?? '') || !leadsToQuantized(node, tensors, index)) return [];
    const channels = inputChannels(node, index);
    return channels === undefined ? [] : [{ node, axis: 1, channels }];
  });
}

function leadsToQuantized(node: NodeProto, tensors: Placement['tensors'], { consumers }: GraphIndex): boolean {
  let name = node.output[0] ?? '';
  for (let i = 0; i <= MAX_ACTIVATIONS; i++) {
    if (tensors.has(name)) return true;
    const [next, ...others] = consumers.get(name) ?? [];
    if (!next || others.length > 0) return false;
    name = next.output[0] ?? '';
  }
  return false;
}

function inputChannels(node: NodeProto, { constants }: GraphIndex): number | undefined {
  const weight = constants.get(node.input[1] ?? '');
  if (!weight || !isStandard(node)) return undefined;
  const [first = 0, second = 0] = dimsOf(weight);
  switch (node.opType) {
    case 'Conv':
      return second * intAttribute(node, 'group', 1);
    case 'ConvTranspose':
      return first;
    default:
      return undefined;
  }
}
