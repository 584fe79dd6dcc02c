import type { GraphNode } from '../../../src/protocol';
import { isQuantize } from './folding';
import type { GraphView } from './graphView';
import type { DraftGroup, GroupDraft } from './groupDrafts';

/** Below this share of nodes with a scope, scopes hide more than they show: older exporters scope only a few nodes. */
const LEAST_SHARE = 0.5;
/** Deeper scopes than anyone would open one by one are cut. */
const DEEPEST = 24;

/** Drafts groups from scopes; undefined where the file names too few. */
export function draftScopes(view: GraphView): GroupDraft | undefined {
  const paths = view.body.nodes.map(scopeOf);
  const blocks = paths.filter((_, node) => view.isFolded[node] === 0);
  const scoped = blocks.filter((path) => path.length > 0).length;
  if (scoped === 0 || scoped < blocks.length * LEAST_SHARE) return undefined;
  adoptHelpers(view, paths);
  return draftFromPaths(view.graph, paths);
}

/** Scope of a node, outermost first: what the exporter wrote down, otherwise its name up to the last slash. */
export function scopeOf(node: GraphNode): readonly string[] {
  const parts = node.scope === undefined ? nameParts(node.name) : node.scope;
  return parts.filter((part) => part !== '').slice(0, DEEPEST);
}

/** Names of fused operators join several with semicolons; the first says where. */
function nameParts(name: string): readonly string[] {
  return (name.split(';', 1)[0] ?? '').split('/').slice(0, -1);
}

/**
 * Nodes that quantizers and exporters insert have no scope. One that works on stored values alone belongs to what
 * reads it first, and so does DequantizeLinear; QuantizeLinear belongs to what it quantizes. Any other in the middle of a
 * scope belongs to that scope.
 */
function adoptHelpers(view: GraphView, paths: (readonly string[])[]): void {
  const isOpen = view.body.nodes.map((_, node) => paths[node]?.length === 0);
  for (const node of [...view.order].reverse()) {
    if (isOpen[node] !== true) continue;
    const readers = (view.targets[node] ?? []).map((target) => paths[target] ?? []);
    const [reader, ...otherReaders] = readers;
    if (reader === undefined) continue;
    if (view.isStored[node] === 1 || view.isFolded[node] === 1) {
      paths[node] = reader;
      continue;
    }
    const sources = (view.sources[node] ?? []).filter((source) => isOpen[source] !== true);
    paths[node] = [...otherReaders, ...sources.map((source) => paths[source] ?? [])].reduce(commonStart, reader);
  }
  for (const node of view.order) {
    const source = view.sources[node]?.[0];
    if (isOpen[node] !== true || view.isFolded[node] !== 1 || source === undefined) continue;
    if (isQuantize(view.body.nodes[node])) paths[node] = paths[source] ?? [];
  }
  view.body.nodes.forEach((node, number) => {
    if (node.operator !== 'Constant' || isOpen[number] !== true) return;
    const output = (view.index.tensorStart[view.graph] ?? 0) + (node.outputs[0] ?? -1);
    const reader = view.index.readers[output]?.[0] ?? -1;
    if (view.index.graphOfNode[reader] !== view.graph) return;
    paths[number] = paths[reader - (view.index.nodeStart[view.graph] ?? 0)] ?? [];
  });
}

function commonStart(first: readonly string[], second: readonly string[]): readonly string[] {
  let length = 0;
  while (length < first.length && first[length] === second[length]) length++;
  return length === first.length ? first : first.slice(0, length);
}

function draftFromPaths(graph: number, paths: readonly (readonly string[])[]): GroupDraft {
  const groups: DraftGroup[] = [];
  const known = new Map<string, number>();
  const groupOf = paths.map((path) => {
    let parent = -1;
    let name = '';
    for (const part of path) {
      const outer = name;
      name = outer === '' ? part : `${outer}/${part}`;
      let group = known.get(name);
      if (group === undefined) {
        group = groups.length;
        known.set(name, group);
        groups.push({ key: `g:${String(graph)}/${name}`, title: shortTitle(part, outer), name, parent });
      }
      parent = group;
    }
    return parent;
  });
  return { groups, groupOf };
}

/** `conv1` for `layer1.0.conv1` in `layer1.0`; a bare number keeps the word before it: `layer1.0`. */
function shortTitle(part: string, outer: string): string {
  const last = outer.slice(outer.lastIndexOf('/') + 1);
  if (last !== '' && /^\d+$/.test(part)) return `${last.slice(last.lastIndexOf('.') + 1)}.${part}`;
  if (last === '' || !part.startsWith(`${last}.`)) return part;
  const rest = part.slice(last.length + 1);
  return /^\d+$/.test(rest) ? `${last.slice(last.lastIndexOf('.') + 1)}.${rest}` : rest;
}
