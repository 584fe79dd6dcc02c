import { findAttribute } from './attributes';
import { malformedModel, unsupportedModel } from './errors';
import { initializerNames, isStandard } from './graphIndex';
import { mainGraph, subgraphsOf, tensorsOf, type Model } from './model';
import type { GraphProto, NodeProto, ValueInfoProto } from './onnx_pb';
import { validateFunctions } from './validateFunctions';
import { validateTensor } from './validateTensor';

/** More elements than any feed could hold in memory. */
const MAX_INPUT_ELEMENTS = 2 ** 31;

/** Names that a graph reads from around it, each with the node that reads it. */
type FreeNames = Map<string, string>;

/**
 * Checks what must hold before a model is handed to ONNX Runtime or rewritten: every name is made once and before it
 * is needed, nothing depends on itself, payloads fit their dimensions, external data is there, functions end.
 * What ONNX Runtime itself refuses with a clear message is left to it. The cost is linear; no weight is read.
 * Throws `malformed-model`, `unsupported-model` or `external-data`.
 */
export function validateModel(model: Model): void {
  for (const tensor of tensorsOf(model.proto)) validateTensor(model, tensor);
  validateFunctions(model.proto);
  const graph = mainGraph(model);
  const free = validateScope(scopeOfGraph(graph));
  for (const [name, reader] of free) throw neverMade(name, reader);
  const missing = new Set(graph.output.map((value) => value.name));
  for (const name of namesOf(scopeOfGraph(graph))) missing.delete(name);
  for (const name of missing) throw malformedModel(`nothing makes the output "${name}"`);
  graph.input.forEach(validateInput);
  for (const fn of model.proto.functions) {
    const given = [...fn.input];
    for (const [name, reader] of validateScope({ given, fixed: [], nodes: fn.node })) throw neverMade(name, reader);
  }
}

/** A graph or a function body: nodes and the names that exist before any of them runs. */
interface Scope {
  /** Names that come from outside; each must be unique. */
  readonly given: readonly string[];
  /** Initializers; they may repeat a given name (then they are its default). */
  readonly fixed: readonly string[];
  readonly nodes: readonly NodeProto[];
}

function scopeOfGraph(graph: GraphProto): Scope {
  return {
    given: graph.input.map((value) => value.name),
    fixed: initializerNames(graph),
    nodes: graph.node,
  };
}

/** Checks one scope and those inside it; returns what it reads from around it. */
function validateScope({ given, fixed, nodes }: Scope): FreeNames {
  const known = new Set<string>();
  for (const name of given) {
    if (known.has(name)) throw malformedModel(`two inputs are called "${name}"`);
    known.add(name);
  }
  for (const name of fixed) known.add(name);
  const makers = new Map<string, number>();
  nodes.forEach((node, index) => {
    for (const name of node.output) {
      if (name === '') continue;
      if (known.has(name) || makers.has(name)) throw malformedModel(`"${name}" is made more than once`);
      makers.set(name, index);
    }
  });
  const free: FreeNames = new Map();
  const reads = nodes.map((node) => {
    validateNode(node);
    const from: number[] = [];
    const read = (name: string): void => {
      const maker = makers.get(name);
      if (maker !== undefined) from.push(maker);
      else if (name !== '' && !known.has(name) && !free.has(name)) free.set(name, labelOf(node));
    };
    node.input.forEach(read);
    for (const inner of subgraphsOf(node)) for (const name of validateScope(scopeOfGraph(inner)).keys()) read(name);
    return from;
  });
  refuseCycles(nodes, reads);
  return free;
}

/** Kahn's algorithm: nodes may be listed in any order, as ONNX Runtime allows, but must have one that works. */
function refuseCycles(nodes: readonly NodeProto[], reads: readonly (readonly number[])[]): void {
  // Nearly all files list nodes in such an order.
  if (reads.every((from, index) => from.every((maker) => maker < index))) return;
  const waiting = reads.map((from) => from.length);
  const readers = nodes.map((): number[] => []);
  reads.forEach((from, index) => from.forEach((maker) => readers[maker]?.push(index)));
  const ready = waiting.flatMap((count, index) => (count === 0 ? [index] : []));
  let done = 0;
  for (let node = ready.pop(); node !== undefined; node = ready.pop(), done++) {
    for (const reader of readers[node] ?? []) {
      const left = (waiting[reader] ?? 0) - 1;
      waiting[reader] = left;
      if (left === 0) ready.push(reader);
    }
  }
  if (done === nodes.length) return;
  const stuck = nodes[waiting.findIndex((count) => count > 0)];
  throw malformedModel(`${stuck ? labelOf(stuck) : 'a node'} depends on its own output`);
}

/** Attributes that crash ONNX Runtime instead of being refused by it: a `group` of 0 is a division by zero. */
function validateNode(node: NodeProto): void {
  const group = isStandard(node) ? findAttribute(node, 'group') : undefined;
  if (group && group.refAttrName === '' && group.i < 1n) {
    throw malformedModel(`${labelOf(node)} has the group ${group.i}`);
  }
}

function validateInput(value: ValueInfoProto): void {
  if (value.type?.value.case !== 'tensorType') return;
  const dims = value.type.value.value.shape?.dim ?? [];
  const elements = dims.reduce(
    (product, dim) => (dim.value.case === 'dimValue' ? product * Math.max(1, Number(dim.value.value)) : product),
    1,
  );
  if (elements > MAX_INPUT_ELEMENTS) {
    throw unsupportedModel(`Input "${value.name}" has ${elements} elements`, 'which is more than fits into memory.');
  }
}

function* namesOf({ given, fixed, nodes }: Scope): Generator<string> {
  yield* given;
  yield* fixed;
  for (const node of nodes) yield* node.output;
}

function neverMade(name: string, reader: string): Error {
  return malformedModel(`${reader} reads "${name}", which nothing makes`);
}

function labelOf(node: NodeProto): string {
  return node.name === '' ? `a node of type ${node.opType || '(none)'}` : `node "${node.name}" (${node.opType})`;
}
