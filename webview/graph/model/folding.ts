import type { GraphDocument, GraphNode, GraphTensor } from '../../../src/protocol';
import { indexDocument, inputNumbers, isConstantNode, outputNumbers, type DocumentIndex } from './documentIndex';

/** Which nodes are drawn as part of an edge or of a weight's row instead of as blocks. Numbers are those of the index. */
export interface FoldPlan {
  /** Nodes without a block of their own while pairs are folded. */
  readonly folded: ReadonlySet<number>;
  /** Constant nodes: rows of what reads them, even in the raw graph. */
  readonly constants: ReadonlySet<number>;
  /** By number of a tensor, what it comes down to; filled as it is asked for. */
  readonly resolved: (FoldedTensor | undefined)[];
}

/** What a tensor comes down to when folded nodes are passed through. */
export interface FoldedTensor {
  /** Number of the tensor that is drawn. */
  readonly tensor: number;
  /** The steps from it to the tensor asked for, in the direction of the data. */
  readonly steps: readonly FoldStep[];
}

/** A DequantizeLinear, with the QuantizeLinear before it unless it reads stored integers. */
export interface FoldStep {
  readonly quantize?: number;
  readonly dequantize: number;
}

const plans = new WeakMap<GraphDocument, FoldPlan>();
/** No real chain of pairs is longer; in an invalid model it may lead back to itself. */
export const LONGEST_FOLDED_CHAIN = 64;
const NO_STEPS: readonly FoldStep[] = [];

/** Decides once for a document what is folded. */
export function planFolding(document: GraphDocument): FoldPlan {
  const known = plans.get(document);
  if (known !== undefined) return known;
  const plan = createPlan(indexDocument(document));
  plans.set(document, plan);
  return plan;
}

/** Passes folded nodes backwards from a tensor. */
export function resolveFolded(index: DocumentIndex, plan: FoldPlan, tensor: number): FoldedTensor {
  return (plan.resolved[tensor] ??= passFolded(index, plan, tensor));
}

function passFolded(index: DocumentIndex, plan: FoldPlan, tensor: number): FoldedTensor {
  let steps = NO_STEPS;
  let current = tensor;
  for (let length = 0; length < LONGEST_FOLDED_CHAIN; length++) {
    const producer = index.producer[current] ?? -1;
    if (producer < 0 || !plan.folded.has(producer) || plan.constants.has(producer)) return { tensor: current, steps };
    const input = inputNumbers(index, producer)[0] ?? -1;
    if (isDequantize(index.nodes[producer])) {
      const before = index.producer[input] ?? -1;
      if (before >= 0 && isQuantize(index.nodes[before])) {
        steps = [{ quantize: before, dequantize: producer }, ...steps];
        current = inputNumbers(index, before)[0] ?? -1;
        continue;
      }
      steps = [{ dequantize: producer }, ...steps];
    } else if (isFill(index.nodes[producer])) {
      return { tensor: current, steps };
    }
    current = input;
  }
  return { tensor: current, steps };
}

/** True for QuantizeLinear, of ONNX or of com.microsoft. */
export function isQuantize(node: GraphNode | undefined): boolean {
  return node?.operator === 'QuantizeLinear' && (node.domain === '' || node.domain === 'com.microsoft');
}

/** True for DequantizeLinear, of ONNX or of com.microsoft. */
export function isDequantize(node: GraphNode | undefined): boolean {
  return node?.operator === 'DequantizeLinear' && (node.domain === '' || node.domain === 'com.microsoft');
}

/** True for a node that makes a tensor of one value, which stands where a weight was in models without weights. */
export function isFill(node: GraphNode | undefined): boolean {
  return node?.operator === 'ConstantOfShape' && node.domain === '';
}

function createPlan(index: DocumentIndex): FoldPlan {
  const folded = new Set<number>();
  const constants = new Set<number>();
  // In the file's order, which is topological in a valid model: what reads stored values is known when its reader comes.
  const stored = new Set<number>();
  index.tensors.forEach((tensor, number) => {
    if (tensor.weight !== undefined) stored.add(number);
  });
  index.nodes.forEach((node, number) => {
    const isOutput = outputNumbers(index, number).some((tensor) => index.outputOf.has(tensor));
    if (isConstantNode(node)) {
      if (isOutput || !outputNumbers(index, number).every((tensor) => stored.has(tensor))) return;
      constants.add(number);
      folded.add(number);
      return;
    }
    const [input, ...parameters] = inputNumbers(index, number);
    if (input === undefined || input < 0) return;
    if (isDequantize(node) && parameters.every((tensor) => tensor < 0 || stored.has(tensor))) {
      const before = index.producer[input] ?? -1;
      if (stored.has(input) ? !isOutput : folded.has(before) && isQuantize(index.nodes[before])) {
        folded.add(number);
        if (stored.has(input) || stored.has(inputNumbers(index, before)[0] ?? -1)) storeOutputs(index, number, stored);
      }
    } else if (isQuantize(node)) {
      if (!isOutput && isPaired(index, number, stored)) folded.add(number);
    } else if (isStoredCopy(node) && stored.has(input) && !isOutput) {
      folded.add(number);
      storeOutputs(index, number, stored);
    }
  });
  return { folded, constants, resolved: new Array<undefined>(index.tensors.length).fill(undefined) };
}

function isStoredCopy(node: GraphNode): boolean {
  return isFill(node) || (node.operator === 'Identity' && node.domain === '');
}

function storeOutputs(index: DocumentIndex, node: number, stored: Set<number>): void {
  for (const tensor of outputNumbers(index, node)) stored.add(tensor);
}

/** True when only DequantizeLinear nodes with the same stored parameters read what the QuantizeLinear makes. */
function isPaired(index: DocumentIndex, quantize: number, stored: ReadonlySet<number>): boolean {
  const [, ...parameters] = inputNumbers(index, quantize);
  if (!parameters.every((tensor) => tensor < 0 || stored.has(tensor))) return false;
  const readers = index.readers[outputNumbers(index, quantize)[0] ?? -1] ?? [];
  return (
    readers.length > 0 &&
    readers.every((reader) => {
      if (!isDequantize(index.nodes[reader])) return false;
      const [input, ...others] = inputNumbers(index, reader);
      const count = Math.max(parameters.length, others.length);
      return (
        index.producer[input ?? -1] === quantize &&
        Array.from({ length: count }, (_, slot) => isSame(index, parameters[slot] ?? -1, others[slot] ?? -1)).every(
          Boolean,
        )
      );
    })
  );
}

/** True for the same tensor, or two that store the same values as far as the document knows them. */
function isSame(index: DocumentIndex, first: number, second: number): boolean {
  if (first === second) return true;
  const [one, other] = [index.tensors[first], index.tensors[second]];
  if (one?.weight === undefined || other?.weight === undefined) return false;
  return one.weight.elements === other.weight.elements && fingerprint(one) === fingerprint(other);
}

function fingerprint(tensor: GraphTensor): string {
  return JSON.stringify([tensor.type, tensor.weight?.values, tensor.weight?.range]);
}
