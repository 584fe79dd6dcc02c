import { makeNode } from '../onnx/attributes';
import type { Model } from '../onnx/model';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../onnx/onnx_pb';
import { addFloatTensor, addTensor, bytesOf } from '../onnx/tensor';
import { addComputedTensor, floatReader } from './computedTensor';
import type { LinearLayer } from './linearLayer';
import { addInitializers } from './modelEdits';
import { saturationFreeScales } from './saturation';
import { quantizeWeightInt8, type WeightInt8 } from './weightQuantization';

/** What the parts of the dynamic mode share while they rewrite one model. */
export interface DynamicState {
  readonly model: Model;
  readonly newName: (wanted: string) => string;
  readonly perChannel: boolean;
  /** 7-bit weights; otherwise 8 bits with scales that no x86 kernel saturates. */
  readonly reduceRange: boolean;
  /** Names of the quantized form of each float activation. */
  readonly activations: Map<string, QuantizedActivation>;
  /** Quantized weights by the name of the float weight and its use. */
  readonly weights: Map<string, QuantizedWeight>;
}

/** Outputs of one DynamicQuantizeLinear, which several layers share. */
export interface QuantizedActivation {
  readonly data: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

/** Initializers of a quantized weight. */
export interface QuantizedWeight {
  readonly data: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

/**
 * A linear layer as DynamicQuantizeLinear, MatMulInteger, Cast, Mul and Add, in the form that ONNX Runtime fuses to
 * DynamicQuantizeMatMul, or to MatMulIntegerToFloat where layers share their input.
 */
export function dynamicLinear(state: DynamicState, layer: LinearLayer): NodeProto[] {
  const { newName } = state;
  const { name } = layer.node;
  const nodes: NodeProto[] = [];
  const input = quantizedActivation(state, layer.input, nodes);
  const weight = quantizedMatrix(state, layer);
  const sum = newName(`${name}_int32`);
  const float = newName(`${name}_float`);
  const scale = newName(`${name}_scale`);
  const product = layer.bias ? newName(`${name}_product`) : layer.output;
  nodes.push(
    makeNode(
      'MatMulInteger',
      newName(`${name}_MatMulInteger`),
      [input.data, weight.data, input.zeroPoint, weight.zeroPoint],
      [sum],
    ),
    makeNode('Cast', newName(`${name}_Cast`), [sum], [float], { to: Type.FLOAT }),
    makeNode('Mul', newName(`${name}_MulScales`), [input.scale, weight.scale], [scale]), // activation first, or no fusion
    makeNode('Mul', newName(`${name}_Mul`), [float, scale], [product]),
  );
  if (layer.bias) {
    const bias = newName(`${name}_bias`);
    addInitializers(state.model, addFloatTensor(state.model, bias, [layer.layout.n], layer.bias));
    nodes.push(makeNode('Add', newName(`${name}_Add`), [product, bias], [layer.output]));
  }
  return nodes;
}

/** The quantized form of an activation; the node that makes it is pushed to `nodes` at its first use. */
export function quantizedActivation(state: DynamicState, input: string, nodes: NodeProto[]): QuantizedActivation {
  const known = state.activations.get(input);
  if (known) return known;
  const made = {
    data: state.newName(`${input}_quantized`),
    scale: state.newName(`${input}_scale`),
    zeroPoint: state.newName(`${input}_zero_point`),
  };
  state.activations.set(input, made);
  const name = state.newName(`${input}_DynamicQuantizeLinear`);
  nodes.push(makeNode('DynamicQuantizeLinear', name, [input], [made.data, made.scale, made.zeroPoint]));
  return made;
}

function quantizedMatrix(state: DynamicState, layer: LinearLayer): QuantizedWeight {
  const { k, n, transposed } = layer.layout;
  const key = `${layer.weight.name} ${transposed} ${layer.alpha}`;
  const known = state.weights.get(key);
  if (known) return known;
  const { scales, payload } = quantizeColumns(state, layer.weight, transposed ? [n, k] : [k, n], transposed ? 0 : 1);
  const scaleDims = state.perChannel ? [n] : [];
  const made = addQuantizedWeight(state, layer.weight.name, [k, n], { dims: scaleDims, scales, payload }, layer.alpha);
  state.weights.set(key, made);
  return made;
}

/** Adds the initializers of a quantized weight; zero points are 0, one for each scale. */
export function addQuantizedWeight(
  { model, newName }: DynamicState,
  name: string,
  dims: readonly number[],
  form: { dims: readonly number[]; scales: Float32Array; payload: () => Uint8Array },
  alpha = 1,
): QuantizedWeight {
  const made = {
    data: newName(`${name}_quantized`),
    scale: newName(`${name}_scale`),
    zeroPoint: newName(`${name}_zero_point`),
  };
  const byteLength = dims.reduce((product, dim) => product * dim, 1);
  addInitializers(
    model,
    addComputedTensor(model, made.data, Type.INT8, dims, { byteLength, compute: form.payload }),
    addFloatTensor(
      model,
      made.scale,
      form.dims,
      form.scales.map((scale) => scale * alpha),
    ),
    addTensor(model, made.zeroPoint, Type.INT8, form.dims, new Uint8Array(form.scales.length)),
  );
  return made;
}

/**
 * Quantizes a float matrix whose columns of the product lie along `axis`: the scales now, the codes on demand as
 * [K, N]. With several matrices stacked along axis 0 (`stack`), the codes are [stack, K, N].
 */
export function quantizeColumns(
  { model, perChannel, reduceRange }: Pick<DynamicState, 'model' | 'perChannel' | 'reduceRange'>,
  weight: TensorProto,
  dims: readonly [number, number],
  axis: 0 | 1,
  stack = 1,
): { scales: Float32Array; payload: () => Uint8Array } {
  const read = floatReader(model, weight);
  const quantize = (): WeightInt8 => {
    const values = read();
    const safe = reduceRange ? null : saturationFreeScales(values, dims, axis);
    const minimumScale = safe && !perChannel ? [safe.reduce((a, b) => Math.max(a, b), 0)] : safe;
    return quantizeWeightInt8(values, dims, { axis: perChannel ? axis : null, reduceRange, minimumScale });
  };
  const payload = (): Uint8Array => {
    const { data } = quantize();
    return bytesOf(axis === 1 ? data : transpose(data, stack, dims[0] / stack, dims[1]));
  };
  return { scales: quantize().scales, payload };
}

function transpose(data: Int8Array, stack: number, rows: number, columns: number): Int8Array {
  const turned = new Int8Array(data.length);
  for (let s = 0; s < stack; s++) {
    const base = s * rows * columns;
    for (let r = 0; r < rows; r++) {
      const from = base + r * columns;
      for (let c = 0; c < columns; c++) turned[base + c * rows + r] = data[from + c] as number; // inside both arrays
    }
  }
  return turned;
}
