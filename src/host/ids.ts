/** Every command that ONNX Press contributes; package.json declares the same set. */
export const CommandId = {
  quantize: 'onnxPress.quantize',
  pruneModel: 'onnxPress.pruneModel',
  fineTuneModel: 'onnxPress.fineTuneModel',
  distilModel: 'onnxPress.distilModel',
  inspect: 'onnxPress.inspect',
  showReport: 'onnxPress.showReport',
  compareModels: 'onnxPress.compareModels',
  createSampleWorkspace: 'onnxPress.createSampleWorkspace',
  openWalkthrough: 'onnxPress.openWalkthrough',
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
  runRecipe: 'onnxPress.recipe.run',
  compareRecipe: 'onnxPress.recipe.compare',
  newRecipe: 'onnxPress.recipe.new',
  openRecipeForm: 'onnxPress.recipe.openForm',
  exportAndOpen: 'onnxPress.python.exportAndOpen',
  exportAndQuantize: 'onnxPress.python.exportAndQuantize',
  exportAndFineTune: 'onnxPress.python.exportAndFineTune',
  compareLastRun: 'onnxPress.python.compareLastRun',
  addPruning: 'onnxPress.python.addPruning',
  addDistillation: 'onnxPress.python.addDistillation',
  makeQuantizationAware: 'onnxPress.python.makeQuantizationAware',
  showLineInGraph: 'onnxPress.python.showLineInGraph',
  disableRule: 'onnxPress.python.disableRule',
} as const;

/** Every setting, with the prefix under which `getConfiguration` finds it. */
export const SettingId = {
  threads: 'onnxPress.threads',
  seed: 'onnxPress.seed',
  exclude: 'onnxPress.exclude',
  pruneProtect: 'onnxPress.prune.protect',
  outputSuffix: 'onnxPress.output.suffix',
  calibrationMethod: 'onnxPress.calibration.method',
  calibrationSamples: 'onnxPress.calibration.samples',
  engineCancelTimeout: 'onnxPress.engine.cancelTimeout',
  engineIdleTimeout: 'onnxPress.engine.idleTimeout',
  python: 'onnxPress.python',
  scriptsCodeLens: 'onnxPress.scripts.codeLens',
  scriptsDisabledRules: 'onnxPress.scripts.disabledRules',
} as const;

/** Webview panel types. */
export const ViewType = {
  report: 'onnxPress.report',
  comparison: 'onnxPress.comparison',
  sideBySide: 'onnxPress.sideBySide',
} as const;

/** Webview panels that show what runs, and so do not come back after a reload. */
export const LivePanelId = {
  training: 'onnxPress.training',
} as const;

/** Custom editors. */
export const EditorId = {
  graph: 'onnxPress.graph',
  recipeForm: 'onnxPress.recipeForm',
} as const;

/** Task types; each has a problem matcher of its name. */
export const TaskId = {
  recipe: 'onnx-press',
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
  /** True once these were done in this window; steps of the walkthrough are. */
  hasSample: 'onnxPress.hasSample',
  hasQuantized: 'onnxPress.hasQuantized',
  hasCompared: 'onnxPress.hasCompared',
  hasPruned: 'onnxPress.hasPruned',
} as const;

/** Walkthroughs and their steps. */
export const WalkthroughId = {
  start: 'onnxPress.start',
} as const;

/** What an assistant can call. */
export const ToolId = {
  inspect: 'onnxPress_inspectModel',
  explain: 'onnxPress_explainModel',
  quantize: 'onnxPress_quantizeModel',
  compare: 'onnxPress_compareModels',
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
