import type { NodeRef, TensorRef } from '../../../src/protocol';
import type { DisplayGraph } from '../model/display';
import { nodeRefOf, tensorNumber } from '../model/documentIndex';
import { findItemOfNode } from '../model/findItem';
import { keysAround, tensorKey, type GraphModel } from './graphModel';

/** What reaching something needs of a pane. */
export interface ReachParts {
  readonly model: () => GraphModel | undefined;
  readonly display: () => DisplayGraph;
  /** Index of the graph that is drawn. */
  readonly shown: () => number;
  readonly openGraph: (graph: number) => Promise<void>;
  /** Expands items besides those that are, and draws again. */
  readonly expand: (keys: readonly string[]) => Promise<void>;
  /** Selects what is drawn, and brings it into view. */
  readonly show: (key: string) => void;
  /** Selects what is not drawn by itself. */
  readonly note: (key: string) => void;
}

/** Ways to anything in a model, wherever it is hidden. Each answers false where there is no such thing. */
export interface Reach {
  readonly reveal: (key: string) => Promise<boolean>;
  readonly revealNode: (node: NodeRef) => Promise<boolean>;
  readonly revealTensor: (tensor: TensorRef) => Promise<boolean>;
}

/** Creates what leads a pane to items, nodes and tensors, opening groups and graphs on the way. */
export function createReach({ model, display, shown, openGraph, expand, show, note }: ReachParts): Reach {
  function isShown(key: string): boolean {
    const { items, edges } = display();
    return items.some((item) => item.key === key) || edges.some((edge) => edge.key === key);
  }

  function showDrawn(key: string | undefined): boolean {
    if (key !== undefined) show(key);
    return key !== undefined;
  }

  async function reveal(key: string): Promise<boolean> {
    const body = /^graph:(\d+)$/.exec(key);
    if (body !== null) {
      await openGraph(Number(body[1]));
      return true;
    }
    const node = /n:(\d+)\/(\d+)$/.exec(key);
    const tensor = /^t:(\d+)\/(\d+)$/.exec(key);
    if (isShown(key)) return showDrawn(key);
    if (node !== null) return revealNode({ graph: Number(node[1]), node: Number(node[2]) });
    if (tensor !== null) return revealTensor({ graph: Number(tensor[1]), tensor: Number(tensor[2]) });
    const boundary = /[io]:(\d+)\/\d+$/.exec(key);
    if (boundary !== null) await openGraph(Number(boundary[1]));
    const tree = model()?.groups.find(({ groups }) => groups.some((group) => group.key === key));
    const [member] = tree?.groups.find((group) => group.key === key)?.members ?? [];
    if (tree === undefined || member === undefined) return isShown(key) && showDrawn(key);
    await open({ graph: tree.graph, node: member }, (around) => around.slice(0, around.indexOf(key)));
    return showDrawn(key);
  }

  async function revealNode(node: NodeRef): Promise<boolean> {
    let key = keyOf(node);
    if (key === undefined || isClosed(key, node)) {
      await open(node, (around) => around);
      key = keyOf(node);
    }
    return showDrawn(key);
  }

  async function revealTensor(tensor: TensorRef): Promise<boolean> {
    const { index } = model() ?? {};
    if (index === undefined) return false;
    const number = tensorNumber(index, tensor);
    const is = (ref: TensorRef | undefined): boolean => ref !== undefined && tensorNumber(index, ref) === number;
    const found = (): string | undefined =>
      display().edges.find((edge) => is(edge.tensor))?.key ?? display().items.find((item) => is(item.tensor))?.key;
    const drawn = found();
    if (drawn !== undefined) return showDrawn(drawn);
    const [reader = index.producer[number] ?? -1] = index.readers[number] ?? [];
    if (reader >= 0) await revealNode(nodeRefOf(index, reader));
    // Opening what hides the reader may have brought the edge.
    const opened = found();
    if (opened !== undefined) return showDrawn(opened);
    note(tensorKey(tensor));
    return true;
  }

  /** Key of what stands for a node in what is drawn. */
  function keyOf(node: NodeRef): string | undefined {
    const current = model();
    if (current === undefined) return undefined;
    const found = findItemOfNode(current.document, display(), node);
    if (found === undefined) return undefined;
    return found.kind === 'edge' ? display().edges[found.edge]?.key : display().items[found.item]?.key;
  }

  /** True where a node is in a closed group. */
  function isClosed(key: string, node: NodeRef): boolean {
    const item = display().items.find((candidate) => candidate.key === key);
    return item?.kind === 'group' && item.members.some((member) => isSame(member, node));
  }

  /** Expands what `choose` keeps of what is around a node; goes to the main graph where the shown one is not around it. */
  async function open(node: NodeRef, choose: (around: readonly string[]) => readonly string[]): Promise<void> {
    const current = model();
    if (current === undefined) return;
    if (keysAround(current, shown(), node) === undefined) await openGraph(0);
    await expand(choose(keysAround(current, shown(), node) ?? []));
  }

  return { reveal, revealNode, revealTensor };
}

function isSame(a: NodeRef, b: NodeRef): boolean {
  return a.node === b.node && a.graph === b.graph;
}
