import { ItemKind, type LevelEdge, type LevelGraph, type LevelResult } from './levelGraph';
import type { EdgePart, Level } from './levels';
import type { Spacing } from './spacing';
import type { LayoutGraph } from './types';

/** The content of a level as a graph of its own, and how it stands for the parts of tensors that run there. */
export interface LevelContent {
  readonly graph: LevelGraph;
  /** Parts that each edge of the graph stands for: one, or several that enter and run together. */
  readonly bundles: readonly (readonly EdgePart[])[];
  /** Items that stand for the places where tensors enter and leave, by edge. */
  readonly entryItems: ReadonlyMap<number, number>;
  readonly exitItems: ReadonlyMap<number, number>;
}

export interface PlacedLevel extends LevelContent {
  readonly level: Level;
  readonly result: LevelResult;
}

/**
 * The content of a level as a graph: its children, then a port for every tensor that enters, then one for every
 * tensor that leaves. Containers have the size of their content, which is placed already, and fixed ports.
 */
export function contentOf(
  level: Level,
  graph: LayoutGraph,
  placed: ReadonlyMap<number, PlacedLevel>,
  spacing: Spacing,
): LevelContent {
  const { children } = level;
  const local = new Map(children.map((child, index) => [child, index]));
  const sizes = children.map((child) => sizeOf(child, graph, placed.get(child), spacing));
  const portAt = (node: number, items: 'entryItems' | 'exitItems', edge: number): Port => {
    const inside = placed.get(node);
    if (!inside) return { offset: NaN, main: 0 };
    return portOf(inside, inside[items].get(edge) ?? 0, sizeOf(node, graph, inside, spacing).width);
  };
  const ends = new Map(
    level.parts.map((part) => [part, part.targets.map((target) => portAt(target, 'entryItems', part.edge))]),
  );
  const bundles = bundleEntries(level.parts, ends);

  const kinds: number[] = children.map(() => ItemKind.block);
  const entryItems = new Map<number, number>();
  const exitItems = new Map<number, number>();
  for (const bundle of bundles) {
    if ((bundle[0]?.source ?? 0) >= 0) continue;
    const item = kinds.push(ItemKind.entry) - 1;
    for (const { edge } of bundle) entryItems.set(edge, item);
  }
  for (const [part] of bundles) if (part?.leaves) exitItems.set(part.edge, kinds.push(ItemKind.exit) - 1);
  const edges = bundles.flatMap((bundle): LevelEdge[] => {
    const [part] = bundle;
    if (!part) return [];
    const { edge, source } = part;
    const from = portAt(source, 'exitItems', edge);
    const to = [...(ends.get(part) ?? [])];
    const targets = part.targets.map((target) => local.get(target) ?? 0);
    const exit = exitItems.get(edge);
    if (exit !== undefined) {
      targets.push(exit);
      to.push({ offset: 0, main: 0 });
    }
    const isFromBlock = source >= 0 && !placed.has(source);
    return [
      {
        source: source < 0 ? (entryItems.get(edge) ?? 0) : (local.get(source) ?? 0),
        targets,
        sourceOffset: from.offset,
        targetOffsets: to.map(({ offset }) => offset),
        labelWidth: isFromBlock ? (graph.edges[edge]?.labelWidth ?? 0) : 0,
        mainEnds: to.map(({ main }) => from.main + main),
        tensorCount: bundle.length,
      },
    ];
  });
  const widths = Float64Array.from(kinds, (_, item) => sizes[item]?.width ?? 0);
  const heights = Float64Array.from(kinds, (_, item) => sizes[item]?.height ?? 0);
  return { graph: { widths, heights, kinds: Uint8Array.from(kinds), edges }, bundles, entryItems, exitItems };
}

/**
 * Tensors that enter a container to be read by the same block (all that came before, at a Concat) enter at one place
 * and run as one line. The last one that was made stays on its own: it is what the main path brings.
 */
function bundleEntries(parts: readonly EdgePart[], ends: ReadonlyMap<EdgePart, readonly Port[]>): EdgePart[][] {
  const alike = new Map<string, EdgePart[]>();
  const single: EdgePart[][] = [];
  for (const part of parts) {
    if (part.source >= 0 || part.leaves) {
      single.push([part]);
      continue;
    }
    const key = `${part.targets.join(' ')} ${(ends.get(part) ?? []).map(({ offset }) => offset).join(' ')}`;
    alike.set(key, [...(alike.get(key) ?? []), part]);
  }
  const bundles: EdgePart[][] = [];
  for (const list of alike.values()) {
    single.push(...list.slice(-1).map((part) => [part]));
    if (list.length > 1) bundles.push(list.slice(0, -1));
  }
  return [...single, ...bundles];
}

/** Size of a block, or of a container with its content. */
export function sizeOf(
  node: number,
  { sizes, headers }: LayoutGraph,
  inside: PlacedLevel | undefined,
  { containerPadding }: Spacing,
): { readonly width: number; readonly height: number } {
  const width = sizes[2 * node] ?? 0;
  const height = sizes[2 * node + 1] ?? 0;
  if (!inside) return { width, height };
  const { result, exitItems } = inside;
  const below = exitItems.size > 0 ? 0 : containerPadding;
  return {
    width: Math.max(width, result.width + 2 * containerPadding),
    height: Math.max(height, contentTop(inside, headers[node] ?? 0, containerPadding) + result.height + below),
  };
}

/** Where content begins below the top border: where tensors enter, the gap in which they spread is room enough. */
export function contentTop({ entryItems }: PlacedLevel, header: number, padding: number): number {
  return header + (entryItems.size > 0 ? 0 : padding);
}

/** Where the content of a container begins, from its left border: in the middle. */
export function contentLeft(width: number, { result }: PlacedLevel): number {
  return (width - result.width) / 2;
}

interface Port {
  /** From the middle of the container's border; NaN for a block, whose ports are free. */
  readonly offset: number;
  /** 1 for a port of the main path of the container's content. */
  readonly main: number;
}

function portOf(placed: PlacedLevel, item: number, width: number): Port {
  const { result } = placed;
  return { offset: contentLeft(width, placed) + (result.x[item] ?? 0) - width / 2, main: result.isMain[item] ?? 0 };
}
