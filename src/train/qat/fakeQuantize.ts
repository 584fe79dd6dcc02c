import { findAttribute, intAttribute, makeNode } from '../../onnx/attributes';
import { createNamer, indexGraph } from '../../onnx/graphIndex';
import { cloneModel, mainGraph, type Model } from '../../onnx/model';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../../onnx/onnx_pb';
import { addInitializer, dropUnused, isOperator, setInput } from '../../onnx/rewrites/editGraph';
import { addFloatTensor, addInt64Tensor, dimsOf, readFloats, readInts } from '../../onnx/tensor';

/** A weight that is float32 while it is trained and integer in the file. */
export interface QuantizedWeight {
  /** The float32 initializer that is trained. */
  readonly master: string;
  /** The int8 initializer of the quantized model. */
  readonly stored: string;
  /** The initializer of its scales, of one value or of one for each index of `axis`; of the same name in both models. */
  readonly scale: string;
  readonly dims: readonly number[];
  readonly axis: number;
}

/** A bias that is float32 while it is trained and int32 in the file, on the grid input scale x weight scale. */
export interface QuantizedBias {
  readonly master: string;
  readonly stored: string;
  /** The initializer of its own scales, which follow from the other two. */
  readonly scale: string;
  readonly inputScale: string;
  readonly weightScale: string;
}

/** A model that computes in float32 what its quantized form computes, with weights that can be trained. */
export interface FakeQuantization {
  readonly model: Model;
  readonly weights: readonly QuantizedWeight[];
  readonly biases: readonly QuantizedBias[];
}

/**
 * Makes a quantized model trainable: each int8 weight of a Conv, Gemm or MatMul becomes the float32 weight that `float`
 * has for the node of that name, saturated at `limit` steps and sent through QuantizeLinear, before the DequantizeLinear
 * that is there already; each int32 bias becomes its float32 value. Activations keep their scales. What the graph answers
 * is what the quantized model answers, except that biases are not rounded (by half a step of the int32 accumulator).
 * Saturating is written as Min and Max, whose gradients give those of Learned Step Size Quantization (Esser et al., 2020)
 * together with the straight-through rounding. `quantized` is QDQ, as static quantization makes it; neither is changed.
 */
export function fakeQuantize(float: Model, quantized: Model, limit: number): FakeQuantization {
  const model = cloneModel(quantized);
  const graph = mainGraph(model);
  const { producers, constants } = indexGraph(model);
  const originals = new Map(mainGraph(float).node.map((node) => [node.name, node]));
  const newName = createNamer(model);
  const weights = new Map<NodeProto, QuantizedWeight>();
  const biases: QuantizedBias[] = [];
  const before = new Map<NodeProto, NodeProto[]>();
  for (const node of graph.node) {
    const original = originals.get(node.name);
    if (!original || !isOperator(node, 'Conv', 'Gemm', 'MatMul')) continue;
    const dequantize = producers.get(node.input[1] ?? '');
    const stored = constants.get(dequantize?.input[0] ?? '');
    if (!isOperator(dequantize, 'DequantizeLinear') || stored?.dataType !== Type.INT8) continue;
    if (!weights.has(dequantize)) {
      const weight = weightOf({ float, model, name: original.input[1] ?? '', dequantize, stored });
      weights.set(dequantize, weight);
      before.set(dequantize, quantizeNodes(model, weight, dequantize, { limit, newName }));
    }
    const bias = biasOf(node, { producers, constants, weight: weights.get(dequantize) as QuantizedWeight });
    if (!bias) continue;
    const values = floatBias(model, constants, bias);
    const name = addInitializer(model, addFloatTensor(model, newName(`${node.name}/bias`), [values.length], values));
    setInput(node, 2, name);
    biases.push({ ...bias, master: name });
  }
  graph.node = graph.node.flatMap((node) => [...(before.get(node) ?? []), node]);
  dropUnused(model);
  return { model, weights: [...weights.values()], biases };
}

interface Found {
  readonly float: Model;
  readonly model: Model;
  readonly name: string;
  readonly dequantize: NodeProto;
  readonly stored: TensorProto;
}

/** Gives the model the float weight, unless something that stayed float reads it and it is there. */
function weightOf({ float, model, name, dequantize, stored }: Found): QuantizedWeight {
  const dims = dimsOf(stored);
  const graph = mainGraph(model);
  if (!graph.initializer.some((tensor) => tensor.name === name)) {
    const tensor = indexGraph(float).constants.get(name) as TensorProto; // it was quantized from there
    addInitializer(model, addFloatTensor(model, name, dims, readFloats(float, tensor)));
  }
  const axis = intAttribute(dequantize, 'axis', 1);
  return { master: name, stored: stored.name, scale: dequantize.input[1] ?? '', dims, axis };
}

/** `QuantizeLinear(Min(Max(w, -limit * scale), limit * scale))`, read by the DequantizeLinear from now on. */
function quantizeNodes(
  model: Model,
  { master, scale, dims, axis }: QuantizedWeight,
  dequantize: NodeProto,
  { limit, newName }: { readonly limit: number; readonly newName: (wanted: string) => string },
): NodeProto[] {
  const nodes: NodeProto[] = [];
  const emit = (op: string, inputs: string[], attributes: Record<string, number> = {}): string => {
    const output = newName(`${master}/${op}`);
    nodes.push(makeNode(op, newName(`${master}/${op}`), inputs, [output], attributes));
    return output;
  };
  const isPerChannel = findAttribute(dequantize, 'axis') !== undefined;
  let step = scale;
  if (isPerChannel) {
    const shape = dims.map((dim, i) => (i === axis ? dim : 1));
    const shapeName = addInitializer(model, addInt64Tensor(model, newName(`${master}/shape`), [shape.length], shape));
    step = emit('Reshape', [scale, shapeName]);
  }
  const levels = addInitializer(model, addFloatTensor(model, newName(`${master}/limit`), [], [limit]));
  const high = emit('Mul', [step, levels]);
  const low = emit('Neg', [high]);
  const clipped = emit('Min', [emit('Max', [master, low]), high]);
  const zero = dequantize.input[2] ?? '';
  setInput(dequantize, 0, emit('QuantizeLinear', [clipped, scale, zero], isPerChannel ? { axis } : {}));
  return nodes;
}

/** The int32 bias of a node; undefined when it has none, or one that stayed float. */
function biasOf(
  node: NodeProto,
  {
    producers,
    constants,
    weight,
  }: Pick<ReturnType<typeof indexGraph>, 'producers' | 'constants'> & { readonly weight: QuantizedWeight },
): Omit<QuantizedBias, 'master'> | undefined {
  const dequantize = producers.get(node.input[2] ?? '');
  const input = producers.get(node.input[0] ?? '');
  const stored = constants.get(dequantize?.input[0] ?? '');
  if (!isOperator(dequantize, 'DequantizeLinear') || !input || stored?.dataType !== Type.INT32) return undefined;
  const inputScale = input.input[1] ?? '';
  return { stored: stored.name, scale: dequantize.input[1] ?? '', inputScale, weightScale: weight.scale };
}

function floatBias(
  model: Model,
  constants: ReadonlyMap<string, TensorProto>,
  { stored, scale }: Omit<QuantizedBias, 'master'>,
): Float32Array {
  const levels = readInts(model, constants.get(stored) as TensorProto); // biasOf found both
  const scales = readFloats(model, constants.get(scale) as TensorProto);
  return Float32Array.from(levels, (level, c) => level * (scales[scales.length === 1 ? 0 : c] as number));
}
