import { unsupportedModel } from '../../onnx/errors';
import { mainGraph, subgraphsOf, type Model } from '../../onnx/model';
import type { FunctionProto, GraphProto, NodeProto, ValueInfoProto } from '../../onnx/onnx_pb';
import { namedNodes, uniqueNodeNames } from '../../onnx/rewrites/nameNodes';
import type { GraphBody, GraphNode } from '../../protocol';
import { cutText, describeAttribute } from './graphText';
import { GraphTensors } from './graphTensors';
import type { ReadBudget } from './graphWeight';
import { scopeOf } from './nodeScope';
import { isStack, sourceOf } from './nodeSource';
import { constantWeight, denseWeight, sparseWeight, type StoredWeight } from './storedWeight';

/** The bodies of a document, and where the weights of each are. */
export interface GraphBodies {
  readonly bodies: readonly GraphBody[];
  /** By body, by number of the tensor. */
  readonly weights: readonly ReadonlyMap<number, StoredWeight>[];
}

/** A graph beyond this is not readable by a person, and its document would not fit into a webview. */
const MAX_NODES = 200_000;
const MAX_TENSORS = 1_000_000;
/** Characters of all names together; real models stay below a tenth of it. */
const MAX_NAME_CHARACTERS = 64 << 20;
/** Exporters put whole stack traces here; the first lines say where a node comes from. */
const MAX_DESCRIPTION = 400;
/** Elements of small weights that are read while loading: some ten milliseconds. */
const MAX_READ_ELEMENTS = 4_000_000;

/**
 * All graphs of a model without their weights: the main graph, then the functions, then subgraphs at any depth, each
 * after the graph that holds it. Throws `unsupported-model` for a model that is too large to be shown.
 */
export function describeGraphs(model: Model): GraphBodies {
  return new Builder(model).run();
}

/** Numbers of the tensors of a node, -1 for those left out. */
type NodeEnds = Pick<GraphNode, 'inputs' | 'outputs'>;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A graph that waits for its turn; functions are graphs without types. */
interface Source {
  readonly name: string;
  readonly kind: GraphBody['kind'];
  readonly owner?: GraphBody['owner'];
  /** Number of the graph around it. */
  readonly outer?: number;
  readonly graph: Pick<GraphProto, 'node' | 'initializer' | 'sparseInitializer' | 'valueInfo'>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly declared: readonly ValueInfoProto[];
}

class Builder {
  private readonly sources: Source[];
  private readonly tensors: GraphTensors[] = [];
  private readonly names: Map<NodeProto, string>;
  private readonly functions: ReadonlyMap<string, number>;
  private readonly budget: ReadBudget = { elements: MAX_READ_ELEMENTS };
  private nodeCount = 0;
  private tensorCount = 0;
  private characters = 0;

  constructor(private readonly model: Model) {
    const { functions } = model.proto;
    this.sources = [graphSource(mainGraph(model), { kind: 'main' }), ...functions.map(functionSource)];
    this.functions = new Map(functions.map((fn, index) => [functionKey(fn, fn.name), index + 1]));
    this.names = uniqueNodeNames(namedNodes(model));
    for (const fn of functions)
      for (const [node, name] of uniqueNodeNames(nodesWithin(fn.node))) this.names.set(node, name);
  }

  run(): GraphBodies {
    const bodies: GraphBody[] = [];
    // Subgraphs are appended while this runs, so that nesting costs no call stack.
    for (let index = 0; index < this.sources.length; index++) bodies.push(this.body(index));
    return { bodies, weights: this.tensors.map((tensors) => tensors.weights()) };
  }

  private body(index: number): GraphBody {
    const source = this.sources[index] as Source; // within its length
    const { graph } = source;
    this.count(graph.node);
    const tensors = new GraphTensors();
    this.tensors.push(tensors);
    const initializers = new Set<string>();
    const store = (name: string, weight: StoredWeight | undefined): void => {
      if (name === '' || !weight) return;
      initializers.add(name);
      tensors.store(name, weight);
    };
    for (const tensor of graph.initializer) store(tensor.name, denseWeight(tensor, 'initializer'));
    for (const sparse of graph.sparseInitializer) store(sparse.values?.name ?? '', sparseWeight(sparse));
    const inputs = source.inputs.map((name) => tensors.own(name));
    const ends = graph.node.map((node): NodeEnds => {
      const reads = node.input.map((name) => tensors.numberOf(name));
      const makes = node.output.map((name) => tensors.own(name));
      const constant = constantWeight(node);
      if (constant && node.output[0]) tensors.store(node.output[0], constant);
      return { inputs: reads, outputs: makes };
    });
    const outputs = source.outputs.map((name) => tensors.numberOf(name));
    for (const value of [...source.declared, ...graph.valueInfo]) tensors.declare(value);
    this.resolve(source, tensors);
    this.tensorCount += tensors.count;
    if (this.tensorCount > MAX_TENSORS) throw tooLarge(`${MAX_TENSORS} tensors`);
    return {
      name: cutText(source.name, MAX_DESCRIPTION),
      kind: source.kind,
      ...(source.owner ? { owner: source.owner } : {}),
      // Within its length.
      nodes: graph.node.map((node, i) => this.node(node, { graph: index, node: i }, ends[i] as NodeEnds)),
      tensors: tensors.describe(this.model, this.budget),
      inputs: inputs.filter((number, i) => number >= 0 && !initializers.has(source.inputs[i] ?? '')),
      outputs: outputs.filter((number) => number >= 0),
    };
  }

  /** Finds the tensors of outer graphs that this graph reads. */
  private resolve(source: Source, tensors: GraphTensors): void {
    if (source.outer === undefined) return;
    for (const [name, number] of tensors.foreign()) {
      for (let outer: number | undefined = source.outer; outer !== undefined; outer = this.sources[outer]?.outer) {
        const around = this.tensors[outer];
        const tensor = around?.findOwn(name);
        if (!around || tensor === undefined) continue;
        tensors.capture(number, around, { graph: outer, tensor });
        break;
      }
    }
  }

  private node(node: NodeProto, at: { graph: number; node: number }, { inputs, outputs }: NodeEnds): GraphNode {
    const described: Writable<GraphNode> = {
      name: this.names.get(node) ?? node.name,
      operator: node.opType,
      domain: node.domain === 'ai.onnx' ? '' : node.domain,
      inputs,
      outputs,
      attributes: node.attribute.map(describeAttribute),
    };
    const scope = scopeOf(node.metadataProps);
    if (scope) described.scope = scope;
    const source = sourceOf(node);
    if (source) described.source = source;
    if (node.docString !== '' && !isStack(node.docString))
      described.description = cutText(node.docString, MAX_DESCRIPTION);
    const subgraphs = this.subgraphs(node, at);
    if (subgraphs.length > 0) described.subgraphs = subgraphs;
    const called = this.functions.size > 0 ? this.functions.get(functionKey(node, node.opType)) : undefined;
    if (called !== undefined) described.function = called;
    return described;
  }

  private subgraphs(node: NodeProto, at: { graph: number; node: number }): number[] {
    const numbers: number[] = [];
    for (const attribute of node.attribute) {
      for (const graph of attribute.g ? [attribute.g, ...attribute.graphs] : attribute.graphs) {
        const owner = { ...at, attribute: cutText(attribute.name, MAX_DESCRIPTION) };
        numbers.push(this.sources.length);
        this.sources.push({ ...graphSource(graph, { kind: 'subgraph', owner }), outer: at.graph });
      }
    }
    return numbers;
  }

  private count(nodes: readonly NodeProto[]): void {
    this.nodeCount += nodes.length;
    if (this.nodeCount > MAX_NODES) throw tooLarge(`${MAX_NODES} nodes`);
    for (const { name, opType, domain, input, output } of nodes) {
      this.characters += name.length + opType.length + domain.length;
      for (const text of input) this.characters += text.length;
      for (const text of output) this.characters += text.length;
    }
    if (this.characters > MAX_NAME_CHARACTERS) throw tooLarge('64 million characters of names');
  }
}

function graphSource(graph: GraphProto, role: Pick<Source, 'kind' | 'owner'>): Source {
  return {
    ...role,
    name: graph.name,
    graph,
    inputs: graph.input.map(({ name }) => name),
    outputs: graph.output.map(({ name }) => name),
    declared: [...graph.input, ...graph.output],
  };
}

function functionSource(fn: FunctionProto): Source {
  return {
    name: fn.domain === '' ? fn.name : `${fn.domain}.${fn.name}`,
    kind: 'function',
    graph: { node: fn.node, initializer: [], sparseInitializer: [], valueInfo: fn.valueInfo },
    inputs: fn.input,
    outputs: fn.output,
    declared: [],
  };
}

/** Nodes and those of the subgraphs inside them. */
function nodesWithin(nodes: readonly NodeProto[]): NodeProto[] {
  const all = [...nodes];
  for (let i = 0; i < all.length; i++) {
    for (const graph of subgraphsOf(all[i] as NodeProto)) for (const node of graph.node) all.push(node); // within its length
  }
  return all;
}

/** A function is known by its domain, its name and, from IR 10 on, its overload. */
function functionKey(owner: { domain: string; overload: string }, name: string): string {
  return [owner.domain === 'ai.onnx' ? '' : owner.domain, name, owner.overload].join('\0');
}

function tooLarge(what: string): Error {
  return unsupportedModel(`The model has more than ${what},`, 'which is more than the graph panel shows.');
}
