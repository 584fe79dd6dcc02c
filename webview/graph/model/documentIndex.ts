import type { GraphBody, GraphDocument, GraphNode, GraphTensor, NodeRef, TensorRef } from '../../../src/protocol';

/**
 * Who makes and who reads every tensor of a document. Nodes and tensors of all graphs are numbered through:
 * node `n` of graph `g` is `nodeStart[g] + n`.
 */
export interface DocumentIndex {
  readonly document: GraphDocument;
  readonly nodeStart: readonly number[];
  readonly tensorStart: readonly number[];
  /** All nodes and tensors by number. */
  readonly nodes: readonly GraphNode[];
  readonly tensors: readonly GraphTensor[];
  readonly graphOfNode: readonly number[];
  readonly graphOfTensor: readonly number[];
  /** The tensor that a captured name stands for; every other tensor stands for itself. */
  readonly canonical: readonly number[];
  /** Numbers of the (canonical) tensors that each node reads and makes, -1 for those left out. */
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
  /** Number of the node that makes a (canonical) tensor, -1 for weights and inputs. */
  readonly producer: readonly number[];
  /** Numbers of the nodes that read a (canonical) tensor, once a use, in any graph. */
  readonly readers: readonly (readonly number[])[];
  /** Graphs of which a (canonical) tensor is an output. */
  readonly outputOf: ReadonlyMap<number, readonly number[]>;
}

const NONE: readonly number[] = [];
const indices = new WeakMap<GraphDocument, DocumentIndex>();

/** The index of a document, made once. */
export function indexDocument(document: GraphDocument): DocumentIndex {
  const known = indices.get(document);
  if (known !== undefined) return known;
  const index = createIndex(document);
  indices.set(document, index);
  return index;
}

const named = new WeakMap<GraphDocument, ReadonlyMap<string, NodeRef>>();

/** The nodes of the main graph by name, gathered once. */
export function nodesByName(document: GraphDocument): ReadonlyMap<string, NodeRef> {
  const known = named.get(document);
  if (known !== undefined) return known;
  const nodes = graphAt(document, 0).nodes;
  const places = new Map(nodes.map(({ name }, node): [string, NodeRef] => [name, { graph: 0, node }]));
  named.set(document, places);
  return places;
}

/** A graph of the document; an empty one where there is none of that number. */
export function graphAt(document: GraphDocument, graph: number): GraphBody {
  return document.graphs[graph] ?? EMPTY_GRAPH;
}

/** Number of a node. */
export function nodeNumber(index: DocumentIndex, ref: NodeRef): number {
  return (index.nodeStart[ref.graph] ?? 0) + ref.node;
}

/** Number of the tensor that the reference stands for, captured names resolved. */
export function tensorNumber(index: DocumentIndex, ref: TensorRef): number {
  const own = (index.tensorStart[ref.graph] ?? 0) + ref.tensor;
  return index.canonical[own] ?? own;
}

/** The node of a number. */
export function nodeRefOf(index: DocumentIndex, node: number): NodeRef {
  const graph = index.graphOfNode[node] ?? 0;
  return { graph, node: node - (index.nodeStart[graph] ?? 0) };
}

/** The tensor of a number. */
export function tensorRefOf(index: DocumentIndex, tensor: number): TensorRef {
  const graph = index.graphOfTensor[tensor] ?? 0;
  return { graph, tensor: tensor - (index.tensorStart[graph] ?? 0) };
}

/** Numbers of a node's input tensors, -1 for those left out. */
export function inputNumbers(index: DocumentIndex, node: number): readonly number[] {
  return index.inputs[node] ?? NONE;
}

/** Numbers of a node's output tensors, -1 for those left out. */
export function outputNumbers(index: DocumentIndex, node: number): readonly number[] {
  return index.outputs[node] ?? NONE;
}

/** True for the node of a value that is stored in the file: it is drawn as a row of what reads it. */
export function isConstantNode(node: GraphNode): boolean {
  return node.operator === 'Constant' && (node.domain === '' || node.domain === 'ai.onnx');
}

const EMPTY_GRAPH: GraphBody = { name: '', kind: 'main', nodes: [], tensors: [], inputs: [], outputs: [] };

/** The main graph's tensors are numbered as in the document, and it captures nothing. */
function numbersOf(canonical: readonly number[], start: number, tensors: readonly number[]): readonly number[] {
  return start === 0 ? tensors : tensors.map((tensor) => (tensor < 0 ? -1 : (canonical[start + tensor] ?? -1)));
}

function createIndex(document: GraphDocument): DocumentIndex {
  const nodeStart: number[] = [];
  const tensorStart: number[] = [];
  const nodes: GraphNode[] = [];
  const tensors: GraphTensor[] = [];
  const graphOfNode: number[] = [];
  const graphOfTensor: number[] = [];
  document.graphs.forEach((body, graph) => {
    nodeStart.push(nodes.length);
    tensorStart.push(tensors.length);
    for (const node of body.nodes) {
      nodes.push(node);
      graphOfNode.push(graph);
    }
    for (const tensor of body.tensors) {
      tensors.push(tensor);
      graphOfTensor.push(graph);
    }
  });
  const canonical = tensors.map((_, tensor) => resolveCapture(tensors, tensorStart, tensor));
  const producer = new Array<number>(tensors.length).fill(-1);
  const startOf = (node: number): number => tensorStart[graphOfNode[node] ?? 0] ?? 0;
  const inputs = nodes.map((node, number) => numbersOf(canonical, startOf(number), node.inputs));
  const outputs = nodes.map((node, number) => numbersOf(canonical, startOf(number), node.outputs));
  const readers: (readonly number[])[] = new Array<readonly number[]>(tensors.length).fill(NONE);
  inputs.forEach((list, number) => {
    for (const input of list) {
      if (input < 0) continue;
      const known = readers[input];
      if (known === undefined || known === NONE) readers[input] = [number];
      // Lists are made here and nowhere else.
      else (known as number[]).push(number);
    }
  });
  outputs.forEach((list, number) => {
    for (const output of list) if (output >= 0) producer[output] = number;
  });
  const outputOf = new Map<number, number[]>();
  document.graphs.forEach((body, graph) => {
    for (const output of body.outputs) {
      const tensor = canonical[(tensorStart[graph] ?? 0) + output] ?? -1;
      outputOf.set(tensor, [...(outputOf.get(tensor) ?? NONE), graph]);
    }
  });
  return {
    document,
    nodeStart,
    tensorStart,
    nodes,
    tensors,
    graphOfNode,
    graphOfTensor,
    canonical,
    inputs,
    outputs,
    producer,
    readers,
    outputOf,
  };
}

/** Follows a captured name outwards; a damaged chain that leads back to itself ends after as many steps as there are graphs. */
function resolveCapture(tensors: readonly GraphTensor[], tensorStart: readonly number[], tensor: number): number {
  let current = tensor;
  for (let step = 0; step <= tensorStart.length; step++) {
    const outer = tensors[current]?.outer;
    if (outer === undefined) return current;
    current = (tensorStart[outer.graph] ?? 0) + outer.tensor;
  }
  return tensor;
}
