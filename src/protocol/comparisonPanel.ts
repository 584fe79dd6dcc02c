import type { DistributionResult, SamplePreview } from './comparison';
import type { ComparisonStrings } from './comparisonStrings';
import type { CompareResult } from './evaluate';
import type { LayerErrorResult } from './layerErrors';
import type { RunsStrings } from './runsStrings';

/** A comparison as it is kept on disk; it holds what a panel needs to show it again. */
export interface ComparisonRecord {
  readonly format: 'onnx-press-comparison';
  readonly version: 1;
  readonly before: string;
  readonly after: string;
  /** The data that was measured on; absent for generated inputs. */
  readonly data?: string;
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly result: CompareResult;
  readonly layers?: LayerErrorResult;
}

/** An advice with the words of its buttons, translated. */
export interface ShownAdvice {
  readonly message: string;
  readonly buttons: readonly string[];
}

/** What the panel shows; free of paths. */
export interface ComparisonDocument {
  readonly beforeName: string;
  readonly afterName: string;
  readonly measuredAt: string;
  readonly result: CompareResult;
  readonly layers?: LayerErrorResult;
  readonly advice: readonly ShownAdvice[];
}

/** From the host to the comparison panel. */
export type ComparisonPanelMessage =
  | {
      readonly type: 'comparison/show';
      readonly document: ComparisonDocument;
      readonly strings: ComparisonStrings;
      /** BCP 47 language tag for numbers and dates. */
      readonly locale: string;
      readonly token: string;
    }
  /** The error of layers was measured; null when it was cancelled or failed, which the host has said. */
  | { readonly type: 'comparison/layers'; readonly layers: LayerErrorResult | null }
  | { readonly type: 'comparison/previews'; readonly previews: readonly SamplePreview[] }
  /** Names of the tensors that both models make. */
  | { readonly type: 'comparison/tensors'; readonly tensors: readonly string[] }
  | { readonly type: 'comparison/distribution'; readonly distribution: DistributionResult | null };

/** From the comparison panel to the host; it names what it wants and never a path. */
export type ComparisonPanelRequest =
  | { readonly type: 'ready' }
  | { readonly type: 'measureLayers' }
  | { readonly type: 'measureAgain' }
  | { readonly type: 'sideBySide' }
  | { readonly type: 'revealNode'; readonly node: string }
  | { readonly type: 'distribution'; readonly tensor: string }
  /** Presses a button of an advice. */
  | { readonly type: 'act'; readonly advice: number; readonly button: number }
  /** The report as a whole HTML document. */
  | { readonly type: 'export'; readonly html: string };

/** A run as a point of the chart. */
export interface RunPoint {
  readonly id: string;
  readonly label: string;
  readonly sizeBytes: number;
  readonly latencyMs?: number;
  /** Accuracy, else agreement with the original; 0..1. */
  readonly quality: number;
  /** True where `quality` is agreement, since the data has no labels. */
  readonly isAgreement: boolean;
}

/** From the host to the chart of runs. */
export interface RunsChartMessage {
  readonly type: 'runs/show';
  readonly points: readonly RunPoint[];
  readonly strings: RunsStrings;
  readonly locale: string;
}

/** From the chart of runs to the host. */
export type RunsChartRequest = { readonly type: 'ready' } | { readonly type: 'select'; readonly id: string };
