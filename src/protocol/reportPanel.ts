import type { QuantizeReport } from './report';

/** Every text of the report panel, in English; the host sends them translated. `{0}`, `{1}` are filled by the panel. */
export type ReportStringKey =
  | 'title'
  | 'size'
  | 'speed'
  | 'accuracy'
  | 'agreement'
  | 'fidelity'
  | 'compare'
  | 'nodes'
  | 'node'
  | 'operator'
  | 'result'
  | 'detail'
  | 'quantized'
  | 'kept'
  | 'ranges'
  | 'tensor'
  | 'minimum'
  | 'maximum'
  | 'scale'
  | 'zeroPoint'
  | 'type'
  | 'rewrites'
  | 'pass'
  | 'changes'
  | 'undone'
  | 'keptRewrite'
  | 'relativeError'
  | 'mapping'
  | 'becomes'
  | 'outputs'
  | 'output'
  | 'sqnr'
  | 'cosine'
  | 'maxError'
  | 'identical'
  | 'warnings'
  | 'skipped'
  | 'source'
  | 'reason'
  | 'timings'
  | 'stage'
  | 'seconds'
  | 'run'
  | 'mode'
  | 'calibration'
  | 'calibrationDetail'
  | 'uncalibrated'
  | 'tool'
  | 'recipe'
  | 'smaller'
  | 'timesAsFast'
  | 'interval'
  | 'quartiles'
  | 'latencyDetail'
  | 'automatic'
  | 'points'
  | 'sameClass'
  | 'sampleCount'
  | 'nodeCount'
  | 'verdictGood'
  | 'verdictFair'
  | 'verdictPoor'
  | 'verdictUnknown'
  | 'verdictSlower'
  | 'filter'
  | 'rowsShown'
  | 'showMore'
  | 'sortBy'
  | 'revealOutput'
  | 'openRecipe'
  | 'openJson';

export type ReportStrings = Readonly<Record<ReportStringKey, string>>;

/** From the host to the report panel. */
export interface ReportPanelMessage {
  readonly type: 'report/show';
  readonly report: QuantizeReport;
  readonly strings: ReportStrings;
  /** BCP 47 language tag for numbers. */
  readonly locale: string;
  /** Names this panel across reloads; the webview keeps it in its state and knows no path. */
  readonly token: string;
}

/** From the report panel to the host. */
export type ReportPanelRequest =
  { readonly type: 'ready' } | { readonly type: 'open'; readonly target: 'comparison' | 'output' | 'recipe' | 'json' };
