import type { Dimension, GraphDocument, GraphShapes, NodeRef, TensorRef } from '../../../src/protocol';
import {
  indexDocument,
  inputNumbers,
  nodeRefOf,
  outputNumbers,
  tensorRefOf,
  type DocumentIndex,
} from './documentIndex';
import { planFolding, resolveFolded, type FoldPlan } from './folding';
import type { GroupTree } from './groups';
import { createNodePaths } from './nodePath';
import { gridTypeOf } from './gridSource';
import { parseQuery, type SearchTerm } from './searchQuery';
import { createTensorFacts, type TensorFacts } from './tensorFacts';

/** Something found: a node, or an input or output of the main graph. */
export interface SearchHit {
  readonly node?: NodeRef;
  readonly tensor?: TensorRef;
  /** Key of its item, when all of `around` is expanded. A folded node has none: see `findItemOfNode`. */
  readonly key: string;
  /** Keys to expand, outermost first. */
  readonly around: readonly string[];
  /** `Conv  /layer1/conv1/Conv`. */
  readonly title: string;
  readonly name: string;
}

export interface Search {
  /** Hits in the order of the graph; none for an empty query. */
  readonly find: (query: string) => readonly SearchHit[];
}

/** A node or boundary tensor, as terms are compared with it. */
interface Entry {
  readonly hit: SearchHit;
  /** In lower case. */
  readonly name: string;
  readonly operator: string;
  readonly types: readonly string[];
  readonly shapes: readonly (readonly Dimension[])[];
  /** Operator, names of node and weights, and values of attributes, in lower case. */
  readonly words: string;
  /** Every value of attributes and every size, each between spaces. */
  readonly numbers: string;
}

/** Creates the search over a whole document, collapsed groups and subgraphs included. It is indexed at the first search. */
export function createSearch(document: GraphDocument, groups: readonly GroupTree[], shapes?: GraphShapes): Search {
  let entries: readonly Entry[] | undefined;
  return {
    find(query) {
      const terms = parseQuery(query);
      if (terms.length === 0) return [];
      entries ??= createEntries(document, groups, createTensorFacts(document, shapes));
      return entries.filter((entry) => terms.every((term) => matches(entry, term))).map(({ hit }) => hit);
    },
  };
}

function matches(entry: Entry, term: SearchTerm): boolean {
  switch (term.field) {
    case 'name':
      return entry.name.includes(term.text);
    case 'operator':
      return entry.operator === term.text || entry.operator.startsWith(term.text);
    case 'type':
      return entry.types.some((type) => type.startsWith(term.text));
    case 'shape':
      return entry.shapes.some((dims) => fits(dims, term.dims, term.isOpen));
    case 'any':
      if (/^-?\d+$/.test(term.text)) return entry.numbers.includes(` ${term.text} `) || entry.name.includes(term.text);
      if (/^[\d*?]+(?:[x×][\d*?]+)+$/.test(term.text)) return hasSizes(entry, term.text);
      return entry.words.includes(term.text) || entry.types.some((type) => type.startsWith(term.text));
  }
}

/** `3x3` is a kernel as well as the end of a shape. */
function hasSizes(entry: Entry, text: string): boolean {
  const wanted = text.split(/[x×]/);
  return entry.numbers.includes(` ${wanted.join(' ')} `) || entry.shapes.some((dims) => fits(dims, wanted, false));
}

function fits(dims: readonly Dimension[], wanted: readonly string[], isOpen: boolean): boolean {
  if (isOpen ? dims.length <= wanted.length : dims.length !== wanted.length) return false;
  return wanted.every((size, axis) => size === '*' || size === '?' || size === String(dims[axis]).toLowerCase());
}

function createEntries(document: GraphDocument, groups: readonly GroupTree[], facts: TensorFacts): readonly Entry[] {
  const index = indexDocument(document);
  const plan = planFolding(document);
  const pathOf = createNodePaths(index, groups);
  const [main] = document.graphs;
  const boundary = (kind: 'i' | 'o', tensor: number): Entry => boundaryEntry(index, facts, kind, tensor);
  return [
    ...(main?.inputs ?? []).map((tensor) => boundary('i', tensor)),
    ...index.nodes.map((_, number) => nodeEntry(index, plan, facts, pathOf(nodeRefOf(index, number)), number)),
    ...(main?.outputs ?? []).map((tensor) => boundary('o', tensor)),
  ];
}

function boundaryEntry(index: DocumentIndex, facts: TensorFacts, kind: 'i' | 'o', tensor: number): Entry {
  const name = index.tensors[tensor]?.name ?? '';
  const dims = facts.dims(tensor);
  return {
    hit: { tensor: tensorRefOf(index, tensor), key: `${kind}:0/${String(tensor)}`, around: [], title: '', name },
    name: name.toLowerCase(),
    operator: kind === 'i' ? 'input' : 'output',
    types: [facts.type(tensor) ?? ''].filter((type) => type !== ''),
    shapes: dims === undefined ? [] : [dims],
    words: `${kind === 'i' ? 'input' : 'output'} ${name.toLowerCase()}`,
    numbers: ` ${(dims ?? []).join(' ')} `,
  };
}

function nodeEntry(
  index: DocumentIndex,
  plan: FoldPlan,
  facts: TensorFacts,
  path: { readonly key: string; readonly around: readonly string[] },
  number: number,
): Entry {
  const node = index.nodes[number];
  const names = [node?.operator ?? '', node?.name ?? ''];
  const types = new Set<string>();
  const shapes: (readonly Dimension[])[] = [];
  const numbers: string[] = [];
  const add = (tensor: number): void => {
    const type = facts.type(tensor);
    const dims = facts.dims(tensor);
    if (type !== undefined) types.add(type);
    if (dims === undefined) return;
    shapes.push(dims);
    if (dims.length > 0) numbers.push(dims.join(' '));
  };
  for (const input of inputNumbers(index, number)) {
    if (input < 0) continue;
    const { tensor, steps } = resolveFolded(index, plan, input);
    for (const step of steps) types.add(gridTypeOf(index, facts, step));
    add(tensor);
    if (index.tensors[tensor]?.weight !== undefined) names.push(index.tensors[tensor].name);
  }
  for (const output of outputNumbers(index, number)) if (output >= 0) add(output);
  for (const { text } of node?.attributes ?? []) {
    names.push(text);
    numbers.push(text.replaceAll(',', ''));
  }
  return {
    hit: {
      node: nodeRefOf(index, number),
      key: path.key,
      around: path.around,
      title: node?.operator ?? '',
      name: node?.name ?? '',
    },
    name: (node?.name ?? '').toLowerCase(),
    operator: (node?.operator ?? '').toLowerCase(),
    types: [...types],
    shapes,
    words: names.join('\n').toLowerCase(),
    numbers: ` ${numbers.join('  ')} `,
  };
}
