import type { NodeMapping } from '../protocol';
import { makeNode } from '../onnx/attributes';
import { createNamer } from '../onnx/graphIndex';
import { mainGraph, type Model } from '../onnx/model';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../onnx/onnx_pb';
import { addInitializer, dropUnused, setInput } from '../onnx/rewrites/editGraph';
import { addFloatTensor, addTensor, bytesOf, dimsOf, readFloats } from '../onnx/tensor';
import { ACTIVATION_TYPES, quantizeValues, type ActivationParameters } from './activationParameters';
import { CONTRIB_DOMAIN, importDomain } from './modelEdits';
import type { WeightInt8 } from './weightQuantization';

/**
 * Writes QuantizeLinear and DequantizeLinear into a model. Collect what is wanted with `activation`, `weight` and the
 * rest; `apply` rebuilds the node list. A quantized tensor keeps its name for the dequantized value, so that graph
 * outputs and subgraphs see what they saw before, only rounded.
 */
export class QdqWriter {
  private readonly newName: (wanted: string) => string;
  private readonly activations = new Map<string, ActivationParameters>();
  private readonly before = new Map<NodeProto, NodeProto[]>();
  private readonly constants = new Map<string, string>();
  private readonly guards = new Map<NodeProto, { readonly axis: number; readonly channels: number }>();
  /** Names of the integer tensors, by the tensor that they quantize. */
  private readonly quantized = new Map<string, string>();
  private readonly weights = new Map<
    string,
    { readonly scales: Float32Array; readonly axis: number; readonly output: string }
  >();

  constructor(
    private readonly model: Model,
    private readonly opset: number,
  ) {
    this.newName = createNamer(model);
  }

  /** Quantizes a tensor of the graph; everybody who reads it gets the dequantized value. */
  activation(name: string, parameters: ActivationParameters): void {
    this.activations.set(name, parameters);
  }

  /** Replaces input `position` of a node by a quantized weight; layers with the same weight and scales share it. */
  weight(
    node: NodeProto,
    position: number,
    name: string,
    dims: readonly number[],
    weight: WeightInt8,
    axis: number,
  ): void {
    const known = this.weights.get(name);
    if (known?.axis === axis && isSameArray(known.scales, weight.scales)) {
      setInput(node, position, known.output);
      return;
    }
    const perChannel = weight.scales.length > 1 || dims[axis] === 1;
    const zeroPoints = new Int8Array(perChannel ? weight.scales.length : 1);
    const scaleDims = perChannel ? [weight.scales.length] : [];
    const data = this.initializer(`${name}_quantized`, Type.INT8, dims, bytesOf(weight.data));
    const scale = this.floats(`${name}_scale`, scaleDims, weight.scales);
    const zeroPoint = this.initializer(`${name}_zero_point`, Type.INT8, scaleDims, bytesOf(zeroPoints));
    this.dequantize(node, position, name, [data, scale, zeroPoint], perChannel ? { axis } : {});
    this.weights.set(name, { scales: weight.scales, axis, output: node.input[position] as string }); // just set
  }

  /**
   * Keeps a node in float whose neighbours are quantized. ONNX Runtime quantizes the weights of such a node by itself
   * when it loads a model, to int8 with one scale for the whole tensor, unless its input is dequantized with a scale per
   * channel. So it gets a DequantizeLinear of its own with `channels` equal scales along `axis` of its first input.
   */
  guard(node: NodeProto, axis: number, channels: number): void {
    this.guards.set(node, { axis, channels });
  }

  /** Replaces (or adds) the bias of a node, quantized to int32 on the grid `scales`. */
  bias(node: NodeProto, name: string, values: Int32Array, scales: Float32Array): void {
    const scaleDims = scales.length > 1 ? [scales.length] : [];
    const data = this.initializer(`${name}_quantized`, Type.INT32, [values.length], bytesOf(values));
    const scale = this.floats(`${name}_scale`, scaleDims, scales);
    this.dequantize(node, 2, name, [data, scale], scales.length > 1 ? { axis: 0 } : {});
  }

  /** Replaces a constant operand of Add, Mul or Concat by its quantized form in the type of the activations. */
  constant(node: NodeProto, position: number, tensor: TensorProto, parameters: ActivationParameters): void {
    const name = node.input[position] as string; // the caller names an existing operand
    const known = this.constants.get(name);
    if (known !== undefined) {
      setInput(node, position, known);
      return;
    }
    const bytes = typedBytes(quantizeValues(readFloats(this.model, tensor), parameters), parameters);
    const data = this.initializer(`${name}_quantized`, ACTIVATION_TYPES[parameters.type].onnx, dimsOf(tensor), bytes);
    this.dequantize(node, position, name, [data, ...this.parameterNames(name, parameters)], {});
    this.constants.set(name, node.input[position] as string);
  }

  /** Rebuilds the node list with all that was asked for, and returns which nodes came with which node. */
  apply(): NodeMapping[] {
    const graph = mainGraph(this.model);
    const inputs = new Set(graph.input.map((value) => value.name));
    const nodes: NodeProto[] = [];
    const mapping: NodeMapping[] = [];
    const guarded = new Map([...this.guards.keys()].map((node) => [node, node.input[0] ?? '']));
    for (const [name, parameters] of this.activations) {
      if (!inputs.has(name)) continue;
      const dequantized = this.newName(`${name}_dequantized`);
      for (const node of graph.node) node.input = node.input.map((input) => (input === name ? dequantized : input));
      nodes.push(...this.pair(name, name, dequantized, parameters));
    }
    for (const node of graph.node) {
      const before = [...(this.before.get(node) ?? []), ...this.guardOf(node, guarded.get(node))];
      const after: NodeProto[] = [];
      node.output = node.output.map((output) => {
        const parameters = this.activations.get(output);
        if (!parameters) return output;
        const full = this.newName(`${output}_float`);
        after.push(...this.pair(output, full, output, parameters));
        return full;
      });
      nodes.push(...before, node, ...after);
      if (before.length + after.length > 0) {
        mapping.push({ source: node.name, targets: [node.name, ...[...before, ...after].map((extra) => extra.name)] });
      }
    }
    graph.node = nodes;
    dropUnused(this.model);
    return mapping;
  }

  private pair(name: string, from: string, to: string, parameters: ActivationParameters): NodeProto[] {
    const quantized = this.newName(`${name}_quantized`);
    this.quantized.set(name, quantized);
    const operands = this.parameterNames(name, parameters);
    const domain = this.domainFor(parameters);
    return [
      makeNode('QuantizeLinear', this.newName(`${name}_QuantizeLinear`), [from, ...operands], [quantized], {}, domain),
      makeNode(
        'DequantizeLinear',
        this.newName(`${name}_DequantizeLinear`),
        [quantized, ...operands],
        [to],
        {},
        domain,
      ),
    ];
  }

  /** The DequantizeLinear of a guarded node, which reads it from now on. */
  private guardOf(node: NodeProto, tensor: string | undefined): NodeProto[] {
    const guard = this.guards.get(node);
    const parameters = this.activations.get(tensor ?? '');
    const quantized = this.quantized.get(tensor ?? '');
    if (!guard || !parameters || tensor === undefined || quantized === undefined) return [];
    const { axis, channels } = guard;
    const scale = this.floats(`${tensor}_scales`, [channels], new Array<number>(channels).fill(parameters.scale));
    const zeroPoint = this.initializer(
      `${tensor}_zero_points`,
      ACTIVATION_TYPES[parameters.type].onnx,
      [channels],
      typedBytes(new Int32Array(channels).fill(parameters.zeroPoint), parameters),
    );
    const output = this.newName(`${tensor}_dequantized`);
    const name = this.newName(`${tensor}_DequantizeLinear`);
    setInput(node, 0, output);
    const inputs = [quantized, scale, zeroPoint];
    return [makeNode('DequantizeLinear', name, inputs, [output], { axis }, this.domainFor(parameters))];
  }

  /** ai.onnx knows 16-bit activations from opset 21 on; before that ONNX Runtime's own domain has them. */
  private domainFor({ type }: ActivationParameters): string | undefined {
    if (!type.endsWith('16') || this.opset >= 21) return undefined;
    importDomain(this.model, CONTRIB_DOMAIN);
    return CONTRIB_DOMAIN;
  }

  private parameterNames(name: string, parameters: ActivationParameters): [scale: string, zeroPoint: string] {
    const scale = this.floats(`${name}_scale`, [], [parameters.scale]);
    const zeroPoint = Int32Array.of(parameters.zeroPoint);
    return [
      scale,
      this.initializer(
        `${name}_zero_point`,
        ACTIVATION_TYPES[parameters.type].onnx,
        [],
        typedBytes(zeroPoint, parameters),
      ),
    ];
  }

  private dequantize(
    node: NodeProto,
    position: number,
    name: string,
    inputs: string[],
    attributes: Record<string, number>,
  ): void {
    const output = this.newName(`${name}_dequantized`);
    const dequantize = makeNode(
      'DequantizeLinear',
      this.newName(`${name}_DequantizeLinear`),
      inputs,
      [output],
      attributes,
    );
    this.before.set(node, [...(this.before.get(node) ?? []), dequantize]);
    setInput(node, position, output);
  }

  private floats(name: string, dims: readonly number[], values: ArrayLike<number>): string {
    return addInitializer(this.model, addFloatTensor(this.model, this.newName(name), dims, values));
  }

  private initializer(name: string, type: Type, dims: readonly number[], bytes: Uint8Array): string {
    return addInitializer(this.model, addTensor(this.model, this.newName(name), type, dims, bytes));
  }
}

function isSameArray(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function typedBytes(values: Int32Array, parameters: ActivationParameters): Uint8Array {
  switch (parameters.type) {
    case 'uint8':
      return Uint8Array.from(values);
    case 'int8':
      return bytesOf(Int8Array.from(values));
    case 'uint16':
      return bytesOf(Uint16Array.from(values));
    case 'int16':
      return bytesOf(Int16Array.from(values));
  }
}
