import { GRAPH_STRINGS } from '../../src/protocol/graphStrings';
import { loadGraph } from '../../src/recipe/graph/loadGraph';
import type { LayoutGraph } from '../../webview/graph/layout/types';
import { buildDisplayGraph } from '../../webview/graph/model/displayGraph';
import { buildAllGroups, type GroupTree } from '../../webview/graph/model/groups';
import { toLayoutGraph } from '../../webview/graph/scene/measure';

export interface ModelGraphs {
  /** Every node on its own, in no group: what every layout can draw. */
  readonly flat: LayoutGraph;
  /** Every group opened: what the panel draws at most. */
  readonly grouped: LayoutGraph;
  /** Every group closed: what the panel shows of a large model at first. */
  readonly collapsed: LayoutGraph;
}

/** The graphs of a model file as the panel lays them out: with the sizes of its blocks and the widths of its labels. */
export async function readModelGraphs(path: string): Promise<ModelGraphs> {
  const document = await loadGraph(path);
  const groups = buildAllGroups(document, GRAPH_STRINGS);
  const draw = (trees: readonly GroupTree[], expanded: ReadonlySet<string>): LayoutGraph =>
    toLayoutGraph(buildDisplayGraph(document, trees, { graph: 0, expanded, raw: true, strings: GRAPH_STRINGS }));
  const all = new Set(groups.flatMap((tree) => tree.groups.map(({ key }) => key)));
  return { flat: draw([], new Set()), grouped: draw(groups, all), collapsed: draw(groups, new Set()) };
}

/** A graph as text for another process, and back. */
export function writeGraph({ sizes, parents, headers, patterns, edges }: LayoutGraph): string {
  const lists = { sizes, parents, headers, patterns };
  const arrays = Object.entries(lists).map(([key, values]) => [key, Array.from<number>(values)]);
  return JSON.stringify({ ...Object.fromEntries(arrays), edges });
}

export function parseGraph(text: string): LayoutGraph {
  const { sizes, parents, headers, patterns, edges } = JSON.parse(text) as Record<string, number[]> & {
    edges: LayoutGraph['edges'];
  }; // what writeGraph wrote
  return {
    sizes: Float64Array.from(sizes ?? []),
    parents: Int32Array.from(parents ?? []),
    headers: Float64Array.from(headers ?? []),
    patterns: Int32Array.from(patterns ?? []),
    edges,
  };
}
