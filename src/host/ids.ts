/** Every command that ONNX Press contributes; package.json declares the same set. */
export const CommandId = {
  quantize: 'onnxPress.quantize',
  inspect: 'onnxPress.inspect',
  showReport: 'onnxPress.showReport',
  compareModels: 'onnxPress.compareModels',
  openSample: 'onnxPress.openSample',
  restartEngine: 'onnxPress.restartEngine',
  showLog: 'onnxPress.showLog',
  openGraph: 'onnxPress.openGraph',
  openSideBySide: 'onnxPress.openSideBySide',
  showJob: 'onnxPress.showJob',
  refreshRuns: 'onnxPress.runs.refresh',
  compareRuns: 'onnxPress.runs.compare',
  evaluateRun: 'onnxPress.runs.evaluate',
  showRunReport: 'onnxPress.runs.showReport',
  revealRun: 'onnxPress.runs.reveal',
  repeatRun: 'onnxPress.runs.repeat',
  deleteRun: 'onnxPress.runs.delete',
  graphFind: 'onnxPress.graph.find',
  graphFindNext: 'onnxPress.graph.findNext',
  graphFindPrevious: 'onnxPress.graph.findPrevious',
  graphFit: 'onnxPress.graph.fit',
  graphZoomToSelection: 'onnxPress.graph.zoomToSelection',
  graphToggleTable: 'onnxPress.graph.toggleTable',
  graphToggleRaw: 'onnxPress.graph.toggleRaw',
  graphCollapseAll: 'onnxPress.graph.collapseAll',
  graphExpandAll: 'onnxPress.graph.expandAll',
  graphExportSvg: 'onnxPress.graph.exportSvg',
  graphExportPng: 'onnxPress.graph.exportPng',
} as const;

/** Every setting, with the prefix under which `getConfiguration` finds it. */
export const SettingId = {
  threads: 'onnxPress.threads',
  seed: 'onnxPress.seed',
  exclude: 'onnxPress.exclude',
  outputSuffix: 'onnxPress.output.suffix',
  calibrationMethod: 'onnxPress.calibration.method',
  calibrationSamples: 'onnxPress.calibration.samples',
  engineCancelTimeout: 'onnxPress.engine.cancelTimeout',
  engineIdleTimeout: 'onnxPress.engine.idleTimeout',
} as const;

/** Webview panel types. */
export const ViewType = {
  report: 'onnxPress.report',
  comparison: 'onnxPress.comparison',
  sideBySide: 'onnxPress.sideBySide',
} as const;

/** Custom editors. */
export const EditorId = {
  graph: 'onnxPress.graph',
} as const;

/** Views. */
export const ViewId = {
  outline: 'onnxPress.outline',
  runs: 'onnxPress.runs',
  runsChart: 'onnxPress.runsChart',
} as const;

/** What menus, key bindings and views may depend on. */
export const ContextKey = {
  /** True while a graph is the active editor. */
  graphActive: 'onnxPress.graphActive',
} as const;

/** Walkthroughs and their steps. */
export const WalkthroughId = {
  start: 'onnxPress.start',
} as const;

/** Schemes of the read-only documents that ONNX Press makes. */
export const SchemeId = {
  inspection: 'onnx-press-inspection',
} as const;

/** Keys under which the workspace remembers things. */
export const StateKey = {
  data: 'onnxPress.dataByModel',
  reportPanels: 'onnxPress.reportPanels',
  comparisonPanels: 'onnxPress.comparisonPanels',
  sideBySidePanels: 'onnxPress.sideBySidePanels',
} as const;
