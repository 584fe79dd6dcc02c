import { splitLevels } from './levels';
import type { LevelGraph, LevelResult } from './levelGraph';
import { composeLevels } from './compose';
import { contentOf, type PlacedLevel } from './levelContent';
import { layoutLevel } from './layoutLevel';
import { DEFAULT_SPACING, type Spacing } from './spacing';
import type { LayoutGraph, LayoutResult } from './types';

/**
 * Lays out a graph in layers from top to bottom: the main path a straight column, long skips in lanes beside it.
 * Containers are laid out from the innermost to the outermost, those with equal content alike.
 * The same graph gives the same layout; nothing recurses, and a cycle is drawn with edges that run backwards.
 */
export function layoutGraph(graph: LayoutGraph, options: Partial<Spacing> = {}): LayoutResult {
  const spacing = { ...DEFAULT_SPACING, ...options };
  const levels = splitLevels(graph);
  const arranged = new Map<string, LevelResult>();
  const placed = new Map<number, PlacedLevel>();
  // The content of a container comes after the container, so the last level is an innermost one.
  for (let index = levels.length - 1; index >= 0; index--) {
    const level = levels[index];
    if (!level) continue;
    const content = contentOf(level, graph, placed, spacing);
    const pattern = level.container >= 0 ? (graph.patterns[level.container] ?? 0) : 0;
    const key = pattern > 0 ? signature(pattern, content.graph) : undefined;
    const known = key === undefined ? undefined : arranged.get(key);
    const result = known ?? layoutLevel(content.graph, spacing);
    if (key !== undefined) arranged.set(key, result);
    placed.set(level.container, { ...content, level, result });
  }
  return composeLevels(graph, levels, placed, spacing);
}

/** Text that is equal for contents that are drawn alike. */
function signature(pattern: number, content: LevelGraph): string {
  const edges = content.edges.map(
    ({ source, targets, sourceOffset, targetOffsets, labelWidth, mainEnds, tensorCount }) =>
      [source, sourceOffset, labelWidth, tensorCount, ...targets, ...targetOffsets, ...mainEnds].join(' '),
  );
  return [pattern, content.widths.join(' '), content.heights.join(' '), content.kinds.join(' '), ...edges].join('|');
}
