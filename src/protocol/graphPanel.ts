import type {
  ActivationDetails,
  GraphCoupling,
  GraphDocument,
  GraphMapping,
  GraphPrunedGroup,
  GraphShapes,
  MeasuredOverlay,
  NodeRef,
  OverlayData,
  TensorRef,
  WeightDetails,
} from './graph';
import type { GraphStrings } from './graphStrings';

/** Which of the two models of a side-by-side panel; always 0 in a panel of one. */
export type Side = 0 | 1;

/** From the host to the graph panel. */
export type GraphPanelMessage =
  | {
      readonly type: 'graph/show';
      /** One model, or two side by side. */
      readonly documents: readonly GraphDocument[];
      readonly mapping?: GraphMapping;
      readonly strings: GraphStrings;
      /** BCP 47 language tag for numbers and for the summaries of operators. */
      readonly locale: string;
      /** Names this panel across reloads. */
      readonly token: string;
      /** Node names per side that the recipe of the model keeps out of quantization, in fp16, and from pruning. */
      readonly choices: readonly RecipeChoices[];
    }
  /** The file changed on disk: the new graph; the view stays where it is as far as it can. */
  | { readonly type: 'graph/update'; readonly side: Side; readonly document: GraphDocument }
  | { readonly type: 'graph/shapes'; readonly side: Side; readonly shapes: GraphShapes }
  | { readonly type: 'graph/choices'; readonly side: Side; readonly choices: RecipeChoices }
  /** A measurement ended or was found: the figures of an overlay, null when there are none. */
  | {
      readonly type: 'graph/overlay';
      readonly side: Side;
      readonly overlay: MeasuredOverlay;
      readonly data: OverlayData | null;
    }
  /** The model cannot be shown; `message` is what, where and what to do, translated. */
  | { readonly type: 'graph/error'; readonly message: string }
  | { readonly type: 'graph/command'; readonly command: GraphCommand }
  /** From the outline: select and show the item of this key. */
  | { readonly type: 'graph/reveal'; readonly side: Side; readonly key: string }
  /** Answers the request of this id. */
  | { readonly type: 'graph/reply'; readonly id: number; readonly result: GraphPanelResult };

/**
 * A message of the host as JSON in UTF-8: what large messages travel as. VS Code hands bytes through as they are, while
 * objects are written and read anew at every border on the way.
 */
export interface PackedPanelMessage {
  readonly type: 'graph/packed';
  readonly json: Uint8Array;
}

/** What VS Code commands and key bindings ask of the panel that has the focus. */
export type GraphCommand =
  | 'find'
  | 'findNext'
  | 'findPrevious'
  | 'fit'
  | 'zoomToSelection'
  | 'toggleTable'
  | 'toggleRaw'
  | 'collapseAll'
  | 'expandAll'
  | 'exportSvg'
  | 'exportPng';

/** What a person can choose for a node, through the model's recipe. */
export type RecipeChoice = 'exclude' | 'fp16' | 'protect';

/** Names of the nodes for which each was chosen. */
export interface RecipeChoices {
  readonly excluded: readonly string[];
  readonly fp16: readonly string[];
  readonly protected: readonly string[];
}

/** What the webview asks for, by method: one reply each. */
export interface GraphPanelMethods {
  weight: { params: TensorRef; result: WeightDetails };
  weightPage: {
    params: TensorRef & { readonly offset: number; readonly count: number };
    result: { readonly total: number; readonly values: readonly (number | string)[] };
  };
  /** The host asks where to; `saved` is false when the person cancelled. */
  exportWeight: { params: TensorRef; result: { readonly saved: boolean } };
  activation: { params: { readonly tensor: string }; result: ActivationDetails | null };
  overlay: { params: { readonly overlay: MeasuredOverlay }; result: OverlayData | null };
  pruned: { params: { readonly node: string }; result: readonly GraphPrunedGroup[] };
  /** Null in a workspace that is not trusted, and where it could not be found out. */
  coupling: { params: Readonly<Record<string, never>>; result: GraphCoupling | null };
  /** Runs the measurement that an overlay needs (asking for data where it must); the figures follow as `graph/overlay`. */
  measure: { params: { readonly overlay: MeasuredOverlay }; result: { readonly started: boolean } };
  /** Changes the recipe of the model; the new choices follow as `graph/choices`. */
  choose: {
    params: { readonly nodes: readonly string[]; readonly choice: RecipeChoice; readonly on: boolean };
    result: { readonly changed: boolean };
  };
  copy: { params: { readonly text: string }; result: { readonly copied: boolean } };
  /** A picture of the whole graph: SVG text, or PNG bytes in base64. */
  savePicture: {
    params: { readonly format: 'svg' | 'png'; readonly content: string };
    result: { readonly saved: boolean };
  };
  /** Opens the line of Python that made a node; false where that file is not in the workspace any more. */
  openSource: {
    params: { readonly node: NodeRef };
    result: { readonly opened: boolean };
  };
  /** Opens the documentation of an operator in the browser. */
  openDocumentation: {
    params: { readonly operator: string; readonly domain: string };
    result: { readonly opened: boolean };
  };
}

export type GraphPanelMethod = keyof GraphPanelMethods;

export type GraphPanelResult =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/** A group or graph as the outline lists it. */
export interface OutlineEntry {
  /** Key of the item in the panel. */
  readonly key: string;
  readonly label: string;
  /** `12 nodes · 1.2 MB`, translated by the webview. */
  readonly description: string;
  readonly children: readonly OutlineEntry[];
}

/** From the graph panel to the host. */
export type GraphPanelRequest =
  | { readonly type: 'ready' }
  | {
      readonly type: 'request';
      readonly id: number;
      readonly side: Side;
      readonly method: GraphPanelMethod;
      readonly params: unknown;
    }
  /** What the outline shows; at most 5,000 entries. */
  | { readonly type: 'outline'; readonly side: Side; readonly entries: readonly OutlineEntry[] }
  /** First frame with the graph in it, for measuring. */
  | { readonly type: 'shown'; readonly nodeCount: number; readonly milliseconds: number };
