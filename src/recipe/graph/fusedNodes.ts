import type { NodeProto } from '../../onnx/onnx_pb';
import type { GraphBody, GraphNode } from '../../protocol';

/** A node of the graph that ONNX Runtime runs, in terms of the file's nodes. */
export interface FusedNode {
  /** The node that the work is mostly of. */
  readonly main: string;
  /** The other nodes that became part of it. */
  readonly members: readonly string[];
}

/** Operators that do the work of a fused kernel; what is fused to them (bias, activation, Q and DQ) costs next to nothing. */
const HEAVY = new Set([
  'Conv',
  'ConvTranspose',
  'Gemm',
  'MatMul',
  'MatMulNBits',
  'MatMulInteger',
  'ConvInteger',
  'LSTM',
  'GRU',
  'RNN',
  'Softmax',
  'LayerNormalization',
  'ReduceMean',
  'Erf',
]);
/** Operators that a kernel does on the side. */
const LIGHT = new Set(['QuantizeLinear', 'DequantizeLinear', 'Relu', 'Clip', 'Cast', 'Identity', 'Constant']);
/** Conversions between memory layouts that ONNX Runtime puts between nodes. */
const CONVERSIONS = new Set(['ReorderInput', 'ReorderOutput']);
/** What ONNX Runtime adds to names when it changes the layout of a node, or needs another name. */
const ADDED_ENDING = /(_nchwc|_nhwc|_token_\d+|\/MatMulAddFusion)+$/;
/** A node in blocked layout is named after the tensor that it makes; scales and offsets become convolutions there. */
const BLOCKED_ENDING = /(_bn|_mul)?_nchwc(_token_\d+)*$/;
/** A chain of nodes fused into one is a few long: convolution, activation, quantizer. */
const MAX_CHAIN = 8;

/**
 * Which nodes of the file each node of the optimised main graph stands for: those between the tensors it makes and the
 * tensors that other nodes of the optimised graph make. Nodes that ONNX Runtime added for itself are left out.
 */
export function fusedNodes(
  body: GraphBody,
  optimised: { readonly node: readonly NodeProto[]; readonly initializers: ReadonlySet<string> },
): Map<string, FusedNode> {
  const original = new OriginalGraph(body);
  const made = new Map<string, NodeProto>();
  const nameless: NodeProto[] = [];
  for (const node of optimised.node) {
    const tensors = original.tensorsMadeBy(node);
    if (tensors.length === 0) nameless.push(node);
    for (const name of tensors) made.set(name, node);
  }
  // Integer kernels in another layout make tensors of new names; what they stand for ends where another node begins.
  const claimed = new Set(nameless.map(({ name }) => name.replace(ADDED_ENDING, '')));
  for (const node of nameless) {
    const tensor = original.endOfChain(node, (name) => made.has(name) || claimed.has(name));
    if (tensor !== undefined) made.set(tensor, node);
  }
  const madeBy = new Map<NodeProto, string[]>();
  for (const [tensor, node] of made) madeBy.set(node, [...(madeBy.get(node) ?? []), tensor]);
  const result = new Map<string, FusedNode>();
  for (const node of optimised.node) {
    const stop = (tensor: string): boolean => {
      const maker = made.get(tensor);
      return (maker !== undefined && maker !== node) || optimised.initializers.has(tensor);
    };
    const nodes = original.behind(madeBy.get(node) ?? [], stop);
    const main = mainOf(nodes, node.name.replace(ADDED_ENDING, ''));
    if (!main) continue;
    const members = nodes.filter(({ operator }) => operator !== 'Constant').map(({ name }) => name);
    result.set(node.name, { main: main.name, members: members.filter((name) => name !== main.name) });
  }
  return result;
}

/** The node that a kernel is named after in spirit: the heavy one, the one of its name, or one that computes at all. */
function mainOf(nodes: readonly GraphNode[], name: string): GraphNode | undefined {
  return (
    nodes.find(({ operator }) => HEAVY.has(operator)) ??
    nodes.find((node) => node.name === name) ??
    nodes.find(({ operator }) => !LIGHT.has(operator)) ??
    nodes[0]
  );
}

/** The file's main graph by name. */
class OriginalGraph {
  private readonly tensors = new Map<string, number>();
  private readonly makers = new Map<number, number>();
  private readonly readers = new Map<number, number[]>();
  private readonly nodes = new Map<string, number>();

  constructor(private readonly body: GraphBody) {
    body.tensors.forEach(({ name }, number) => this.tensors.set(name, number));
    body.nodes.forEach(({ name, inputs, outputs }, number) => {
      this.nodes.set(name, number);
      for (const input of new Set(inputs)) {
        const readers = this.readers.get(input);
        if (readers) readers.push(number);
        else this.readers.set(input, [number]);
      }
      for (const output of outputs) if (output >= 0) this.makers.set(output, number);
    });
  }

  /** The file's names of what an optimised node makes; in another layout the node is named after its tensor. */
  tensorsMadeBy({ name, output, opType }: NodeProto): string[] {
    if (CONVERSIONS.has(opType) || (opType === 'Transpose' && !this.nodes.has(name))) return [];
    const own = output.filter((tensor) => tensor !== '' && this.tensors.has(tensor));
    if (own.length > 0 || !BLOCKED_ENDING.test(name)) return own;
    const named = name.replace(BLOCKED_ENDING, '');
    return this.tensors.has(named) ? [named] : [];
  }

  /**
   * The last tensor of what an optimised node stands for when only its name tells: from the node of that name on through
   * sole consumers, as long as they are no node of their own.
   */
  endOfChain(node: NodeProto, isTaken: (name: string) => boolean): string | undefined {
    const start = this.nodes.get(node.name.replace(ADDED_ENDING, ''));
    let tensor = start === undefined ? undefined : this.body.nodes[start]?.outputs[0];
    for (let step = 0; step < MAX_CHAIN && tensor !== undefined; step++) {
      const readers: readonly number[] = this.readers.get(tensor) ?? [];
      const next: GraphNode | undefined = this.body.nodes[readers[0] ?? -1];
      const output = next?.outputs[0];
      const name = this.body.tensors[output ?? -1]?.name;
      if (readers.length !== 1 || !next || name === undefined || isTaken(name) || isTaken(next.name)) break;
      tensor = output;
      if (next.operator === 'QuantizeLinear') break;
    }
    return this.body.tensors[tensor ?? -1]?.name;
  }

  /** The nodes that make these tensors, and those before them as far as `stop` allows. */
  behind(outputs: readonly string[], stop: (tensor: string) => boolean): GraphNode[] {
    const found = new Set<number>();
    const waiting = outputs.map((name) => this.tensors.get(name) ?? -1);
    for (let tensor = waiting.pop(); tensor !== undefined; tensor = waiting.pop()) {
      const number = this.makers.get(tensor);
      const node = number === undefined ? undefined : this.body.nodes[number];
      if (number === undefined || !node || found.has(number)) continue;
      found.add(number);
      for (const input of node.inputs) {
        const name = this.body.tensors[input]?.name;
        if (name !== undefined && !stop(name)) waiting.push(input);
      }
    }
    return [...found].flatMap((number) => this.body.nodes[number] ?? []);
  }
}
