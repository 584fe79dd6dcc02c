import type {
  GraphCoupling,
  GraphPanelMethod,
  GraphPanelMethods,
  GraphStrings,
  NodeRef,
  QuantizationGrid,
  RecipeChoices,
  TensorRef,
} from '../../../src/protocol';
import type { Formats } from '../../ui/format';
import type { DisplayItem } from '../model/display';
import type { DocumentIndex } from '../model/documentIndex';
import type { GridSummary } from '../model/quantizationGrid';
import type { TensorFacts } from '../model/tensorFacts';

/** What the inspector shows: the model as a whole while nothing is selected. */
export type Subject =
  | { readonly kind: 'model' }
  | { readonly kind: 'node'; readonly node: NodeRef; readonly quantizations: readonly NamedGrid[] }
  | { readonly kind: 'tensor'; readonly tensor: TensorRef; readonly quantizations: readonly NamedGrid[] }
  | { readonly kind: 'group'; readonly item: DisplayItem };

/** The parameters of a folded Q/DQ pair, and the name of the tensor they are of. */
export interface NamedGrid {
  readonly name: string;
  readonly grid: QuantizationGrid;
  readonly summary: GridSummary;
}

/** What the sections of the inspector work with. */
export interface InspectorContext {
  readonly index: DocumentIndex;
  readonly facts: TensorFacts;
  readonly strings: GraphStrings;
  readonly formats: Formats;
  /** BCP 47 language tag. */
  readonly locale: string;
  readonly choices: RecipeChoices;
  /** Figures of the chosen overlay on a node, `1.2 ms`, with what more there is to say. */
  readonly overlayFact: (node: NodeRef) => readonly [label: string, value: string] | undefined;
  /** Asks the host about this model. */
  readonly request: <M extends GraphPanelMethod>(
    method: M,
    params: GraphPanelMethods[M]['params'],
  ) => Promise<GraphPanelMethods[M]['result']>;
  /** The groups of coupled channels of this model; null where the host does not know them. Never rejects. */
  readonly coupling: () => Promise<GraphCoupling | null>;
  readonly goToNode: (node: NodeRef) => void;
  readonly goToTensor: (tensor: TensorRef) => void;
  readonly openGraph: (graph: number) => void;
  /** Reads a short text to screen readers and shows it for a moment. */
  readonly announce: (text: string) => void;
}
