import type { LayerKept } from '../protocol';
import { activationBounds, type Bounds } from '../onnx/activationBounds';
import { floatAttribute, intAttribute } from '../onnx/attributes';
import type { GraphIndex } from '../onnx/graphIndex';
import { soleConsumer } from '../onnx/rewrites/editGraph';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../onnx/onnx_pb';
import { dimsOf } from '../onnx/tensor';
import type { Model } from '../onnx/model';
import type { TensorInfo } from '../onnx/tensorValue';
import type { Exclusion } from '../onnx/exclude';
import { floatReason, roleOf } from './operatorRoles';
import { tooLong } from './saturation';

/** A Conv, Gemm or MatMul that becomes an int8 kernel. */
export interface CoreLayer {
  readonly node: NodeProto;
  readonly input: string;
  readonly weight: TensorProto;
  /** Output channel axis of the weight. */
  readonly weightAxis: number;
  /** Axis of the input along which the weight's input channels run; negative counts from the end. */
  readonly inputAxis: number;
  readonly bias?: TensorProto;
  /** The tensor that gets QuantizeLinear: the output, or the output of the Relu or Clip behind it. Null: stays float. */
  readonly output: string | null;
}

/** Where the parameters of a quantized tensor come from. */
export type TensorRole =
  | { readonly kind: 'calibrated'; readonly clip?: Bounds }
  | { readonly kind: 'fixed'; readonly low: number; readonly high: number }
  | { readonly kind: 'same'; readonly as: string };

/** Which nodes become int8 and which tensors are quantized. */
export interface Placement {
  readonly layers: readonly CoreLayer[];
  /** Nodes besides the layers that run in an int8 kernel. */
  readonly followers: ReadonlySet<NodeProto>;
  /** Quantized tensors in graph order. */
  readonly tensors: ReadonlyMap<string, TensorRole>;
  readonly kept: readonly LayerKept[];
}

/** The largest share of the output that a float operand of Add or Mul may have to be quantized for it. */
const SMALL_OPERAND_SHARE = 0.25;

/**
 * A first convolution that sums no more products than this (3 channels, 3x3) runs slower in int8 than in float, and its
 * input would have to be quantized besides: measured 2.4 times slower on AVX2 for 3 to 8 channels, 2.4 to 4 on VNNI.
 */
const SHORT_STEM_TERMS = 32;

/** Everything that placement looks at. */
export interface PlacementContext {
  readonly model: Model;
  readonly index: GraphIndex;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly exclusion: Exclusion;
}

/** Decides which nodes become int8 kernels of ONNX Runtime's CPU provider, and where the borders lie. */
export function placeQuantization(context: PlacementContext): Placement {
  const { index } = context;
  const kept: LayerKept[] = [];
  const keep = (node: NodeProto, reason: string): undefined => {
    kept.push({ node: node.name, opType: node.opType, reason });
  };
  const candidates = new Map<NodeProto, Omit<CoreLayer, 'output'>>();
  const followers = new Set<NodeProto>();
  for (const node of index.graph.node) {
    const role = roleOf(node);
    const pattern = context.exclusion.match(node);
    if (pattern !== undefined && (role !== 'float' || floatReason(node))) keep(node, `Excluded by "${pattern}".`);
    else if (role === 'core') {
      const layer = coreLayer(context, node, keep);
      if (layer) candidates.set(node, layer);
    } else if (role === 'own' || role === 'pass') followers.add(node);
    else {
      const reason = floatReason(node);
      if (reason) keep(node, reason);
    }
  }
  const isInt8 = (node: NodeProto | undefined): boolean =>
    node !== undefined && (candidates.has(node) || followers.has(node));
  const tails = new Tails(context, isInt8);
  pruneFollowers(context, followers, tails, isInt8);
  const tensors = new Map<string, TensorRole>();
  const layers: CoreLayer[] = [];
  for (const node of index.graph.node) {
    const layer = candidates.get(node);
    if (layer) {
      const tail = tails.of(node.output[0] as string); // Conv, Gemm and MatMul have an output
      const needsOutput = node.opType === 'Conv' || tails.feedsInt8(tail.name) || isFusedWithBias(index, node);
      if (!tensors.has(layer.input)) tensors.set(layer.input, { kind: 'calibrated' });
      if (needsOutput) tensors.set(tail.name, tail.role);
      layers.push({ ...layer, output: needsOutput ? tail.name : null });
    } else if (followers.has(node)) {
      for (const name of dataInputs(index, node)) if (!tensors.has(name)) tensors.set(name, { kind: 'calibrated' });
      for (const output of node.output) {
        if (output !== '') tensors.set(...followerOutput(node, output, tails));
      }
    }
  }
  return { layers, followers, tensors, kept };
}

/**
 * True when ONNX Runtime would fuse a MatMul and the Add behind it to a float Gemm, were nothing between them, and
 * restore the weight in each run: 3 times slower than float on AVX2 (128 x 768 x 768), and twice as fast with a Q between.
 */
function isFusedWithBias(index: GraphIndex, node: NodeProto): boolean {
  if (node.opType !== 'MatMul') return false;
  const next = soleConsumer(index, node.output[0]);
  return next?.opType === 'Add' && next.input.some((name) => index.constants.has(name));
}

/** The float inputs of a follower that are not constants. */
export function dataInputs(index: GraphIndex, node: NodeProto): string[] {
  const inputs = roleOf(node) === 'pass' ? node.input.slice(0, 1) : node.input;
  return inputs.filter((name) => name !== '' && !index.constants.has(name));
}

function followerOutput(node: NodeProto, output: string, tails: Tails): [string, TensorRole] {
  if (roleOf(node) === 'pass') return [output, { kind: 'same', as: node.input[0] as string }];
  if (node.opType === 'Sigmoid') return [output, { kind: 'fixed', low: 0, high: 255 / 256 }];
  const tail = tails.of(output);
  return [tail.name, tail.role];
}

/** Follows outputs through the activations that QuantizeLinear absorbs. */
class Tails {
  constructor(
    private readonly context: PlacementContext,
    private readonly isInt8: (node: NodeProto | undefined) => boolean,
  ) {}

  /** The tensor to quantize instead of `output`, and its role. */
  of(output: string): { name: string; role: TensorRole } {
    const { index } = this.context;
    const only = soleConsumer(index, output);
    const result = only?.output[0];
    if (!only || result === undefined) return { name: output, role: { kind: 'calibrated' } };
    const isAbsorbed = roleOf(only) === 'activation' && this.context.exclusion.match(only) === undefined;
    const clip = isAbsorbed ? quantizableBounds(this.context, only) : undefined;
    return clip ? { name: result, role: { kind: 'calibrated', clip } } : { name: output, role: { kind: 'calibrated' } };
  }

  /** True when an int8 node reads the tensor. */
  feedsInt8(name: string): boolean {
    return (this.context.index.consumers.get(name) ?? []).some((node) => this.isInt8(node) && readsAsData(node, name));
  }

  /** True when the tensor is quantized whatever its followers do, since a layer with weights reads it. */
  feedsCore(name: string): boolean {
    return (this.context.index.consumers.get(name) ?? []).some(
      (node) => roleOf(node) === 'core' && this.isInt8(node) && node.input[0] === name,
    );
  }

  /** True when the tensor comes out of an int8 node, perhaps through an absorbed activation. */
  isInt8Produced(name: string): boolean {
    const producer = this.context.index.producers.get(name);
    if (!producer) return false;
    if (this.isInt8(producer)) return this.of(name).name === name;
    const before = roleOf(producer) === 'activation' ? producer.input[0] : undefined;
    return (
      before !== undefined && this.isInt8(this.context.index.producers.get(before)) && this.of(before).name === name
    );
  }
}

function readsAsData(node: NodeProto, name: string): boolean {
  return roleOf(node) === 'own' ? node.input.includes(name) : node.input[0] === name;
}

/** Removes followers that would run in float anyway, until the rest is stable. */
function pruneFollowers(
  context: PlacementContext,
  followers: Set<NodeProto>,
  tails: Tails,
  isInt8: (node: NodeProto | undefined) => boolean,
): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const node of followers) {
      const feeds = node.output.some(
        (output) => output !== '' && tails.feedsInt8(roleOf(node) === 'pass' ? output : tails.of(output).name),
      );
      if (feeds && isFloat(context, node) && inputsFit(context, node, tails, isInt8)) continue;
      followers.delete(node);
      changed = true;
    }
  }
}

function isFloat(context: PlacementContext, node: NodeProto): boolean {
  return context.types.get(node.output[0] as string)?.type === 'float32';
}

function inputsFit(
  context: PlacementContext,
  node: NodeProto,
  tails: Tails,
  isInt8: (node: NodeProto | undefined) => boolean,
): boolean {
  const { index } = context;
  const inputs = dataInputs(index, node);
  const produced = inputs.filter((name) => tails.isInt8Produced(name));
  if (produced.length === 0) return false;
  const ready = inputs.filter((name) => produced.includes(name) || tails.feedsCore(name));
  switch (node.opType) {
    case 'Add':
    case 'Mul':
      return inputs.every((name) => ready.includes(name) || isSmallOperand(context, name, node.output[0] as string));
    case 'Concat':
      return ready.length * 2 >= inputs.length;
    case 'Sigmoid':
      // Only the gate of SiLU and of attention gains: alone, the int8 kernel is slower than float.
      return (index.consumers.get(node.output[0] as string) ?? []).every(
        (consumer) => consumer.opType === 'Mul' && isInt8(consumer),
      );
    default:
      return ready.length === inputs.length;
  }
}

function isSmallOperand(context: PlacementContext, name: string, output: string): boolean {
  const size = (tensor: string): number | undefined =>
    context.types.get(tensor)?.dims.reduce<number | undefined>((product, dim) => {
      return product === undefined || typeof dim === 'string' || dim === null ? undefined : product * dim;
    }, 1);
  const dims = context.types.get(name)?.dims;
  // A per-channel gate [N, C, 1, 1] is small whatever the unknown sizes are.
  const isGate = dims?.length === 4 && dims[2] === 1 && dims[3] === 1;
  const operand = size(name);
  const whole = size(output);
  return isGate || (operand !== undefined && whole !== undefined && operand <= whole * SMALL_OPERAND_SHARE);
}

/** The bounds of an activation; a clip whose range excludes zero cannot be expressed by a quantized range. */
function quantizableBounds({ model, index }: PlacementContext, node: NodeProto): Bounds | undefined {
  const bounds = activationBounds(model, index, node);
  return bounds && bounds.low <= 0 && bounds.high >= 0 ? bounds : undefined;
}

function coreLayer(
  context: PlacementContext,
  node: NodeProto,
  keep: (node: NodeProto, reason: string) => undefined,
): Omit<CoreLayer, 'output'> | undefined {
  const { index, types } = context;
  const [input = '', weightName = '', biasName = ''] = node.input;
  if (types.get(node.output[0] ?? '')?.type !== 'float32') return keep(node, 'Its output is not float32.');
  if (index.constants.has(input)) return keep(node, 'Its data input is a constant.');
  const weight = index.constants.get(weightName);
  if (!weight) {
    return keep(
      node,
      node.opType === 'MatMul'
        ? 'Both inputs are activations (attention scores stay float).'
        : 'Its weight is not a constant.',
    );
  }
  if (weight.dataType !== Type.FLOAT) return keep(node, 'Its weight is not float32.');
  const dims = dimsOf(weight);
  const bias = biasName === '' ? undefined : index.constants.get(biasName);
  if (biasName !== '' && bias?.dataType !== Type.FLOAT) return keep(node, 'Its bias is not a float32 constant.');
  const withBias = bias ? { bias } : {};
  if (node.opType === 'Conv') {
    if (dims.length < 3 || dims.length > 5)
      return keep(node, `ONNX Runtime has no int8 kernel for a weight of rank ${dims.length}.`);
    const termCount = dims.slice(1).reduce((product, dim) => product * dim, 1);
    if (index.inputs.has(input) && (dims[1] ?? 0) > 1 && termCount <= SHORT_STEM_TERMS) {
      return keep(node, `It reads the model's input and sums only ${termCount} products; float is faster there.`);
    }
    const long = tooLong(termCount);
    if (long !== undefined) return keep(node, long);
    return { node, input, weight, weightAxis: 0, inputAxis: 1, ...withBias };
  }
  if (dims.length !== 2) return keep(node, `Its weight has rank ${dims.length}; int8 kernels take rank 2.`);
  const weightAxis = node.opType === 'Gemm' && intAttribute(node, 'transB', 0) === 1 ? 0 : 1;
  const long = tooLong(dims[1 - weightAxis] as number);
  if (long !== undefined) return keep(node, long);
  if (node.opType === 'MatMul') return { node, input, weight, weightAxis, inputAxis: -1 };
  if (intAttribute(node, 'transA', 0) !== 0) return keep(node, 'Its data input is transposed (transA).');
  if (floatAttribute(node, 'alpha', 1) !== 1 || floatAttribute(node, 'beta', 1) !== 1)
    return keep(node, 'Its alpha or beta is not 1.');
  const channels = dims[weightAxis] as number;
  const biasDims = bias ? dimsOf(bias) : [];
  const isVector =
    !bias ||
    (biasDims.length === 1 && biasDims[0] === channels) ||
    (biasDims.length === 2 && biasDims[0] === 1 && biasDims[1] === channels);
  if (!isVector)
    return keep(node, `Its bias has the shape [${biasDims.join(', ')}]; int8 kernels take one value per output.`);
  return { node, input, weight, weightAxis, inputAxis: -1, ...withBias };
}
