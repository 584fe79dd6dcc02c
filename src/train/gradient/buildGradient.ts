import { freeNames, isStandard, opsetOf } from '../../onnx/graphIndex';
import { mainGraph, subgraphsOf, type Model } from '../../onnx/model';
import type { NodeProto } from '../../onnx/onnx_pb';
import { unsupportedOpset } from '../../onnx/rewrites/errors';
import type { TensorInfo } from '../../onnx/tensorValue';
import { PressError } from '../../util/pressError';
import { noGradient } from './errors';
import { createGradientWriter, type GradientWriter } from './gradientContext';
import { GRADIENT_RULES } from './gradientRules';
import { lowerBatchNormalization } from './lowerBatchNormalization';

/** Which derivative of which tensors is built. */
export interface GradientOptions {
  /** A tensor of one element whose gradient is taken. Give this or `seeds`. */
  readonly loss?: string;
  /**
   * Instead of a loss: tensors of the model, and for each the tensor that holds the gradient that arrives at it. That
   * tensor exists already (an input, an initializer, or an output of a node) and has the same shape.
   */
  readonly seeds?: Readonly<Record<string, string>>;
  /** The tensors whose gradients are wanted: initializers, inputs, or outputs of nodes. */
  readonly wrt: readonly string[];
  /** Freezes what lies before an operator without a gradient, instead of throwing `no-gradient`. Default false. */
  readonly freeze?: boolean;
}

/** What {@link buildGradient} made. */
export interface GradientGraph {
  /** The name of the gradient of each tensor of `wrt` that has one; float32, of the tensor's own shape. */
  readonly gradients: ReadonlyMap<string, string>;
  /** Tensors of `wrt` that are frozen, since an operator without a gradient lies between them and the loss. */
  readonly frozen: readonly string[];
  /** Tensors of `wrt` on which the loss does not depend. */
  readonly independent: readonly string[];
  /** The operators that froze something, with the reason. */
  readonly obstacles: readonly PressError[];
}

/** Axes of ReduceSum, Squeeze and Unsqueeze are inputs since this operator set; rules write nothing older. */
const MIN_OPSET = 13;

/**
 * Reverse-mode differentiation: appends to the model's main graph the nodes that compute the gradients of a loss, made
 * of operators of the ONNX standard alone. `types` holds type and fixed shape of every tensor of the graph. Integer
 * tensors carry no gradient, except between QuantizeLinear and DequantizeLinear (straight-through estimator). Nodes of
 * the model keep their names and places; Dropout and recurrent ones may get an optional output more, and
 * BatchNormalization in training mode is lowered (see {@link lowerBatchNormalization}).
 * Throws `no-gradient` naming the node and its operator (unless `freeze`), `unknown-shape` for a tensor without a fixed
 * shape, and `unsupported-opset` below 13.
 */
export function buildGradient(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  options: GradientOptions,
): GradientGraph {
  if (opsetOf(model) < MIN_OPSET) {
    throw unsupportedOpset(opsetOf(model), MIN_OPSET, 'Only normalised models are trained.');
  }
  const obstacles = new Map<NodeProto, PressError>();
  for (;;) {
    try {
      return differentiate(model, types, options, obstacles);
    } catch (error) {
      if (!(error instanceof Obstacle)) throw error;
      if (options.freeze !== true) throw error.reason;
      obstacles.set(error.node, error.reason);
    }
  }
}

/** A node that stops the gradient; the differentiation starts anew without what lies before it. */
class Obstacle extends Error {
  constructor(
    readonly node: NodeProto,
    readonly reason: PressError,
  ) {
    super(reason.message);
  }
}

function differentiate(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  options: GradientOptions,
  obstacles: ReadonlyMap<NodeProto, PressError>,
): GradientGraph {
  const graph = mainGraph(model);
  const reads = new Map(graph.node.map((node) => [node, readsOf(node)]));
  const before = ancestors(graph.node, reads, obstacles);
  const trained = options.wrt.filter((name) => !before.has(name));
  const dependent = dependents(graph.node, reads, trained, types);
  const targets = options.seeds ? Object.keys(options.seeds) : [options.loss ?? ''];
  const wanted = relevant(graph.node, reads, targets, dependent);
  const writer = createGradientWriter(model, withSeeds(types, options), new Set(options.wrt), (name) =>
    wanted.has(name),
  );
  const gradients = backward(graph.node, reads, seedsOf(options, writer), wanted, writer);
  append(model, writer);
  lowerBatchNormalization(model, types);
  return {
    gradients: new Map(trained.flatMap((name) => entry(name, gradients.get(name)))),
    frozen: options.wrt.filter((name) => before.has(name)),
    independent: trained.filter((name) => !gradients.has(name)),
    obstacles: [...obstacles.values()],
  };
}

/** A seed has the type and the shape of the tensor at which it arrives. */
function withSeeds(types: ReadonlyMap<string, TensorInfo>, { seeds = {} }: GradientOptions): Map<string, TensorInfo> {
  const all = new Map(types);
  for (const [name, gradient] of Object.entries(seeds)) {
    const info = types.get(name);
    if (info) all.set(gradient, { ...info, name: gradient });
  }
  return all;
}

function entry(name: string, gradient: string | undefined): [string, string][] {
  return gradient === undefined ? [] : [[name, gradient]];
}

/** What a node reads, its subgraphs included. */
function readsOf(node: NodeProto): readonly string[] {
  return [...node.input, ...subgraphsOf(node).flatMap((inner) => [...freeNames(inner)])].filter((name) => name !== '');
}

type Reads = ReadonlyMap<NodeProto, readonly string[]>;

/** Everything that the obstacles are computed from. */
function ancestors(
  nodes: readonly NodeProto[],
  reads: Reads,
  obstacles: ReadonlyMap<NodeProto, PressError>,
): Set<string> {
  const found = new Set<string>();
  for (const node of [...nodes].reverse()) {
    if (!obstacles.has(node) && !node.output.some((name) => found.has(name))) continue;
    for (const name of reads.get(node) ?? []) found.add(name);
  }
  return found;
}

/** The tensors through which a change of the trained ones travels. */
function dependents(
  nodes: readonly NodeProto[],
  reads: Reads,
  trained: readonly string[],
  types: ReadonlyMap<string, TensorInfo>,
): Set<string> {
  const found = new Set(trained);
  const typeOf = (name: string): string => types.get(name)?.type ?? 'unknown';
  for (const node of nodes) {
    const sources = (reads.get(node) ?? []).filter((name) => found.has(name));
    if (sources.length === 0) continue;
    for (const name of node.output) {
      const type = typeOf(name);
      const carries =
        type.startsWith('float') ||
        (isStandard(node) && node.opType === 'QuantizeLinear') ||
        // Quantized values may be reshaped and sliced before they are dequantized.
        (/^u?int(8|16)$/.test(type) && sources.some((source) => typeOf(source) === type));
      if (name !== '' && carries) found.add(name);
    }
  }
  return found;
}

/** Of the dependent tensors those that the targets depend on. */
function relevant(
  nodes: readonly NodeProto[],
  reads: Reads,
  targets: readonly string[],
  dependent: ReadonlySet<string>,
): Set<string> {
  const found = new Set(targets.filter((name) => dependent.has(name)));
  for (const node of [...nodes].reverse()) {
    if (!node.output.some((name) => found.has(name))) continue;
    for (const name of reads.get(node) ?? []) if (dependent.has(name)) found.add(name);
  }
  return found;
}

function seedsOf(options: GradientOptions, { context }: GradientWriter): Map<string, string[]> {
  if (options.seeds) return new Map(Object.entries(options.seeds).map(([name, gradient]) => [name, [gradient]]));
  const loss = options.loss ?? '';
  const shape = context.shape(loss);
  if (shape.some((dim) => dim !== 1)) {
    throw new PressError(
      'bad-option',
      `The loss "${loss}" has the shape [${shape.join(', ')}]; it must be a single number. Give its mean or sum.`,
      { tensor: loss },
    );
  }
  return new Map([[loss, [context.floats([1], shape)]]]);
}

/** Walks the nodes from the last to the first and returns the gradient of every wanted tensor that has one. */
function backward(
  nodes: readonly NodeProto[],
  reads: Reads,
  contributions: Map<string, string[]>,
  wanted: ReadonlySet<string>,
  writer: GradientWriter,
): Map<string, string> {
  const gradients = new Map<string, string>();
  const settle = (name: string): string | undefined => {
    const known = gradients.get(name);
    const parts = contributions.get(name);
    if (known !== undefined || parts === undefined || !wanted.has(name)) return known;
    const sum = accumulate(parts, writer);
    gradients.set(name, sum);
    return sum;
  };
  for (const node of [...nodes].reverse()) {
    const read = reads.get(node) ?? [];
    if (!node.output.some((name) => wanted.has(name)) || !read.some((name) => wanted.has(name))) continue;
    const arriving = node.output.map(settle);
    if (arriving.every((name) => name === undefined)) continue;
    writer.enter(node);
    applyRule(node, arriving, writer).forEach((gradient, i) => {
      const name = node.input[i] ?? '';
      if (gradient === undefined || !wanted.has(name)) return;
      contributions.set(name, [...(contributions.get(name) ?? []), gradient]);
    });
  }
  for (const name of wanted) settle(name);
  return gradients;
}

function applyRule(
  node: NodeProto,
  arriving: readonly (string | undefined)[],
  { context }: GradientWriter,
): (string | undefined)[] {
  const rule = isStandard(node) ? GRADIENT_RULES.get(node.opType) : undefined;
  try {
    if (!rule) throw noGradient(node);
    return rule(node, arriving, context);
  } catch (error) {
    throw error instanceof PressError && error.code === 'no-gradient' ? new Obstacle(node, error) : error;
  }
}

function accumulate(parts: readonly string[], { context }: GradientWriter): string {
  const [first] = parts as [string, ...string[]]; // a contribution is made with its first part
  return parts.length === 1 ? first : context.emit(parts.length === 2 ? 'Add' : 'Sum', parts, context.shape(first));
}

function append(model: Model, writer: GradientWriter): void {
  const graph = mainGraph(model);
  graph.node.push(...writer.nodes);
  graph.initializer.push(...writer.initializers);
  for (const [node, outputs] of writer.addedOutputs) {
    for (const [position, name] of outputs) {
      while (node.output.length < position) node.output.push('');
      node.output[position] = name;
    }
  }
}
