import { GRAPH_STRINGS } from '../../../../src/protocol/graphStrings';
import type { GraphDocument } from '../../../../src/protocol';
import type { DisplayGraph } from '../../../../webview/graph/model/display';
import { buildDisplayGraph, type DisplayOptions } from '../../../../webview/graph/model/displayGraph';
import { buildAllGroups } from '../../../../webview/graph/model/groups';

/** Builds the display graph with nothing expanded, unless told otherwise. */
export function draw(
  document: GraphDocument,
  expanded: readonly string[] = [],
  options: Partial<DisplayOptions> = {},
): DisplayGraph {
  return buildDisplayGraph(document, buildAllGroups(document, GRAPH_STRINGS), {
    graph: 0,
    raw: false,
    strings: GRAPH_STRINGS,
    expanded: new Set(expanded),
    ...options,
  });
}

/** Items as indented lines: key and title, or name for inputs and outputs. */
export function itemLines({ items }: DisplayGraph): string[] {
  return items.map((item) => {
    let depth = 0;
    for (let parent = item.parent; parent >= 0; parent = items[parent]!.parent) depth++;
    return `${'  '.repeat(depth)}${item.key} ${item.tensor === undefined ? item.title : item.name}`;
  });
}

/** Edges as lines: `n:0/1 -> n:0/2 n:0/3 | label | quantization`. */
export function edgeLines({ items, edges }: DisplayGraph): string[] {
  return edges.map(({ source, targets, label, quantization }) => {
    const ends = `${items[source]!.key} -> ${targets.map((target) => items[target]!.key).join(' ')}`;
    return [ends, label, quantization?.text ?? ''].join(' | ').replace(/[ |]+$/, '');
  });
}

/** True when the leaves of a drawing form no cycle. */
export function isAcyclic({ items, edges }: DisplayGraph): boolean {
  const waiting = items.map(() => 0);
  for (const { targets } of edges) for (const target of targets) waiting[target]!++;
  const ready = items.flatMap((_, item) => (waiting[item] === 0 ? [item] : []));
  for (let place = 0; place < ready.length; place++) {
    for (const { source, targets } of edges) {
      if (source !== ready[place]) continue;
      for (const target of targets) {
        waiting[target]!--;
        if (waiting[target] === 0) ready.push(target);
      }
    }
  }
  return ready.length === items.length;
}
