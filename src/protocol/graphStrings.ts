/** Every text of the graph panel, in English; the host sends them translated. `{0}`, `{1}` are filled by the panel. */
export const GRAPH_STRINGS = {
  // Graph view
  graph: 'Model graph',
  emptyGraph: 'This graph has no nodes.',
  layoutRunning: 'Arranging {0} nodes…',
  cancel: 'Cancel',
  minimap: 'Overview',
  // Items
  input: 'Input',
  output: 'Output',
  nodes: '{0} nodes',
  // Overlays
  overlay: 'Overlay',
  overlayNone: 'Operator category',
  // Inspector
  inspector: 'Inspector',
  // Layer table
  layers: 'Layers',
  // Search
  find: 'Find',
} as const satisfies Record<string, string>;

export type GraphStringKey = keyof typeof GRAPH_STRINGS;

export type GraphStrings = Readonly<Record<GraphStringKey, string>>;
