import { makeNode } from '../onnx/attributes';
import { isStandard, type GraphIndex } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../onnx/onnx_pb';
import { addFloatTensor, bytesOf, dimsOf, elementCount } from '../onnx/tensor';
import { addComputedTensor, floatReader } from './computedTensor';
import { addInitializers, CONTRIB_DOMAIN, fixedInitializer } from './modelEdits';
import type { NodeRewrite } from './rewriteNodes';
import { quantizeWeightInt8 } from './weightQuantization';

/** Smaller weights save less than their scales and nodes cost. */
export const SMALLEST_STORED_ELEMENTS = 1024;

/** Which indices have scales of their own: all combinations of the first `leading` axes, or those of one axis. */
type Channels = { readonly leading: number } | { readonly axis: number };

const RECURRENT: readonly (readonly [number, Channels])[] = [
  [1, { leading: 2 }],
  [2, { leading: 2 }],
];
/** The float weights of operators without a kernel for int8 weights, by input position. */
const STORABLE: Readonly<Record<string, readonly (readonly [number, Channels])[]>> = {
  Conv: [[1, { leading: 1 }]],
  ConvTranspose: [[1, { axis: 1 }]],
  LSTM: RECURRENT,
  GRU: RECURRENT,
  RNN: RECURRENT,
  Attention: [[1, { axis: 1 }]],
};

/** Stores float weights as int8 with a Cast and a Mul before their readers, once for all readers of a weight. */
export interface WeightStore {
  /** The name of the restored float weight; the nodes that restore it are pushed to `nodes` at the first use. */
  restore(weight: TensorProto, channels: Channels, nodes: NodeProto[]): string;
}

/**
 * Creates a store. ONNX Runtime folds Cast and Mul of constants when it loads a model, so that the weight is float
 * again and the kernels are as fast as before; DequantizeLinear it would keep and run each time.
 */
export function createWeightStore(model: Model, newName: (wanted: string) => string): WeightStore {
  const restored = new Map<string, string>();
  return {
    restore(weight, channels, nodes) {
      const known = restored.get(weight.name);
      if (known !== undefined) return known;
      const { codeDims, axis, scaleDims } = channelDims(dimsOf(weight), channels);
      const read = floatReader(model, weight);
      const quantize = () => quantizeWeightInt8(read(), codeDims, { axis });
      const data = newName(`${weight.name}_quantized`);
      const scale = newName(`${weight.name}_scale`);
      const float = newName(`${weight.name}_float`);
      const output = newName(`${weight.name}_restored`);
      const payload = { byteLength: elementCount(weight), compute: () => bytesOf(quantize().data) };
      addInitializers(
        model,
        addComputedTensor(model, data, Type.INT8, dimsOf(weight), payload),
        addFloatTensor(model, scale, scaleDims, quantize().scales),
      );
      nodes.push(
        makeNode('Cast', newName(`${weight.name}_Cast`), [data], [float], { to: Type.FLOAT }),
        makeNode('Mul', newName(`${weight.name}_Mul`), [float, scale], [output]),
      );
      restored.set(weight.name, output);
      return output;
    },
  };
}

/** True for operators whose weights {@link storeWeights} can store. */
export function isStorable(node: NodeProto): boolean {
  const home = node.opType === 'Attention' ? node.domain === CONTRIB_DOMAIN : isStandard(node);
  return home && STORABLE[node.opType] !== undefined;
}

/** Lets a node read its large weights from the store, or says in one sentence why not. */
export function storeWeights(store: WeightStore, index: GraphIndex, node: NodeProto): NodeRewrite | string {
  const reason = whyNotStorable(index, node);
  if (reason !== undefined) return reason;
  const nodes: NodeProto[] = [];
  for (const [position, weight, channels] of weightsOf(index, node)) {
    if (whyNotStored(weight) === undefined) node.input[position] = store.restore(weight, channels, nodes);
  }
  return { nodes: [...nodes, node], scheme: 'int8 storage per-channel, computed in float' };
}

/** Why none of the weights of a node can be stored; undefined when one can. */
export function whyNotStorable(index: GraphIndex, node: NodeProto): string | undefined {
  const weights = weightsOf(index, node);
  if (weights.some(([, weight]) => whyNotStored(weight) === undefined)) return undefined;
  const last = weights.at(-1)?.[1];
  return (last && whyNotStored(last)) ?? 'Its weights are computed at run time.';
}

function weightsOf(index: GraphIndex, node: NodeProto): (readonly [number, TensorProto, Channels])[] {
  return (STORABLE[node.opType] ?? []).flatMap(([position, channels]) => {
    const weight = fixedInitializer(index, node.input[position]);
    return weight ? [[position, weight, channels] as const] : [];
  });
}

function whyNotStored(weight: TensorProto): string | undefined {
  if (weight.dataType !== Type.FLOAT) return 'Its weights are not float32.';
  return elementCount(weight) < SMALLEST_STORED_ELEMENTS ? 'Its weights are too small to save space.' : undefined;
}

function channelDims(dims: readonly number[], channels: Channels) {
  const inside = (i: number): boolean => ('axis' in channels ? i === channels.axis : i < channels.leading);
  const scaleDims = dims.map((dim, i) => (inside(i) ? dim : 1));
  if ('axis' in channels) return { codeDims: dims, axis: channels.axis, scaleDims };
  const count = (part: readonly number[]): number => part.reduce((product, dim) => product * dim, 1);
  return {
    codeDims: [count(dims.slice(0, channels.leading)), count(dims.slice(channels.leading))],
    axis: 0,
    scaleDims,
  };
}
