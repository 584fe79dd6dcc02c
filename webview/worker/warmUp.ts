import { layoutGraph } from '../graph/layout/layoutGraph';
import type { LayoutGraph } from '../graph/layout/types';

/** Two containers of two blocks, and a skip past the second: every step of the layout has something to do. */
const SMALL: LayoutGraph = {
  sizes: new Float64Array([80, 40, 0, 0, 80, 40, 80, 40, 0, 0, 80, 40, 80, 40, 80, 40]),
  parents: new Int32Array([-1, -1, 1, 1, -1, 4, 4, -1]),
  headers: new Float64Array([0, 30, 0, 0, 30, 0, 0, 0]),
  patterns: new Int32Array([0, 1, 0, 0, 1, 0, 0, 0]),
  edges: [
    { source: 0, targets: [2, 7], labelWidth: 40 },
    { source: 2, targets: [3], labelWidth: 40 },
    { source: 3, targets: [5, 7], labelWidth: 40 },
    { source: 5, targets: [6], labelWidth: 40 },
    { source: 6, targets: [7], labelWidth: 40 },
  ],
};

/** Lays out a small graph, so that the first real one finds its code compiled; the page has no graph yet. */
export function warmUp(): void {
  layoutGraph(SMALL);
}
