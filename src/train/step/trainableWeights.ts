import { indexGraph, isStandard } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../../onnx/onnx_pb';
import { dimsOf, elementCount } from '../../onnx/tensor';

/** A weight that training changes. */
export interface TrainableWeight {
  readonly name: string;
  readonly dims: readonly number[];
  /** True for what multiplies an activation: weight decay is for these, not for biases and normalisation. */
  readonly decays: boolean;
  /** Multiplies the learning rate; 1 when absent. */
  readonly rateFactor?: number;
}

/** Where operators keep what training changes; the first list decays. */
const POSITIONS: Readonly<Record<string, { readonly decays: readonly number[]; readonly free: readonly number[] }>> = {
  Conv: { decays: [1], free: [2] },
  ConvTranspose: { decays: [1], free: [2] },
  Gemm: { decays: [0, 1], free: [2] },
  MatMul: { decays: [0, 1], free: [] },
  Gather: { decays: [0], free: [] },
  LSTM: { decays: [1, 2], free: [3, 7] },
  GRU: { decays: [1, 2], free: [3] },
  RNN: { decays: [1, 2], free: [3] },
  BatchNormalization: { decays: [], free: [1, 2] },
  InstanceNormalization: { decays: [], free: [1, 2] },
  LayerNormalization: { decays: [], free: [1, 2] },
  PRelu: { decays: [], free: [1] },
  // Biases behind MatMul, and scales of normalisations that are written out.
  Add: { decays: [], free: [0, 1] },
  Mul: { decays: [], free: [0, 1] },
};

/**
 * The float32 initializers that operators use as weights, in the order of the graph. Single numbers are left alone:
 * they are parts of a formula, like the root of a width in attention. So is what any other operator reads as well.
 */
export function trainableWeights(model: Model): TrainableWeight[] {
  const { constants, consumers, producers } = indexGraph(model);
  const found = new Map<string, TrainableWeight>();
  for (const node of mainGraph(model).node) {
    node.input.forEach((name, position) => {
      const tensor = constants.get(name);
      if (!tensor || producers.has(name) || found.has(name) || !isWeight(tensor)) return;
      const roles = (consumers.get(name) ?? []).map((consumer) => roleOf(consumer, name));
      if (roleAt(node, position) === undefined || roles.includes(undefined)) return;
      found.set(name, { name, dims: dimsOf(tensor), decays: roles.every((role) => role === 'decays') });
    });
  }
  return [...found.values()];
}

function isWeight(tensor: TensorProto): boolean {
  return tensor.dataType === Type.FLOAT && elementCount(tensor) > 1;
}

type Role = 'decays' | 'free' | undefined;

function roleAt(node: NodeProto, position: number): Role {
  const positions = isStandard(node) && Object.hasOwn(POSITIONS, node.opType) ? POSITIONS[node.opType] : undefined;
  if (positions?.decays.includes(position)) return 'decays';
  return positions?.free.includes(position) ? 'free' : undefined;
}

/** The role of a tensor in a node; undefined when any of its places has none. */
function roleOf(node: NodeProto, name: string): Role {
  const roles = node.input.flatMap((input, position) => (input === name ? [roleAt(node, position)] : []));
  // None: a subgraph reads it.
  if (roles.length === 0 || roles.includes(undefined)) return undefined;
  return roles.every((role) => role === 'decays') ? 'decays' : 'free';
}
