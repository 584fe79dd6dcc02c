/** Every command that ONNX Press contributes; package.json declares the same set. */
export const CommandId = {
  quantize: 'onnxPress.quantize',
  inspect: 'onnxPress.inspect',
  showReport: 'onnxPress.showReport',
  compare: 'onnxPress.compare',
  openSample: 'onnxPress.openSample',
  restartEngine: 'onnxPress.restartEngine',
  showLog: 'onnxPress.showLog',
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
} as const;
