// Runs in the page: the view on graphs made by hand, with a record of what it tells.
import '../../../../webview/ui/tokens.css';
import '../../../../webview/graph/view/graphView.css';
import { GRAPH_STRINGS } from '../../../../src/protocol/graphStrings';
import type { DisplayGraph } from '../../../../webview/graph/model/display';
import { createGraphView, type GraphView } from '../../../../webview/graph/view/graphView';
import { columnLayout, edge, item, sampleGraph } from '../scene/columnScene';

export interface ViewHarness {
  readonly view: GraphView;
  readonly told: (readonly [event: string, value: unknown])[];
  readonly sampleGraph: () => DisplayGraph;
  /** A chain of this many operators. */
  readonly chain: (count: number) => DisplayGraph;
  readonly columnLayout: typeof columnLayout;
  readonly item: typeof item;
  readonly edge: typeof edge;
  /** Waits until what was asked for is drawn. */
  readonly drawn: () => Promise<void>;
  /** Share of the pixels of the ground, by colour in hexadecimal. */
  readonly groundColors: () => Record<string, number>;
}

const told: [string, unknown][] = [];
const container = document.querySelector('main');
if (container === null) throw new Error('The page has no main element.');
const view = createGraphView(container, {
  strings: GRAPH_STRINGS,
  onSelect: (keys) => told.push(['select', keys]),
  onActivate: (key) => told.push(['activate', key]),
  onToggle: (key) => told.push(['toggle', key]),
  onViewport: () => told.push(['viewport', undefined]),
});
const harness: ViewHarness = {
  view,
  told,
  sampleGraph,
  chain: (count) => ({
    items: Array.from({ length: count }, (_none, i) => item(`n:0/${i}`, { title: `Op${i}`, category: 'matrix' })),
    edges: Array.from({ length: count - 1 }, (_none, i) => edge(i, [i + 1])),
  }),
  columnLayout,
  item,
  edge,
  drawn: () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  groundColors: () => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas.graph-ground')!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    const counts: Record<string, number> = {};
    for (let i = 0; i < data.length; i += 4) {
      const color = [0, 1, 2].map((c) => data[i + c]!.toString(16).padStart(2, '0')).join('');
      counts[color] = (counts[color] ?? 0) + 4 / data.length;
    }
    return counts;
  },
};
Object.assign(globalThis, { harness });
