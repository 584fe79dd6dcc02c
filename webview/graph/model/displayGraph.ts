import type { GraphDocument, GraphShapes } from '../../../src/protocol';
import type { GraphStrings } from '../../../src/protocol/graphStrings';
import type { DisplayGraph } from './display';
import { connectItems } from './displayEdges';
import { indexDocument } from './documentIndex';
import { planFolding } from './folding';
import type { GroupTree } from './groups';
import { createDescriber } from './itemDescriptions';
import { placeBody, type Placing } from './placement';
import type { LabelContext } from './quantizationLabel';
import { createTensorFacts } from './tensorFacts';

export interface DisplayOptions {
  /** Which graph is shown: 0 for the main graph, else a body on its own. */
  readonly graph: number;
  /** Keys of expanded groups and of nodes whose bodies are opened in place. */
  readonly expanded: ReadonlySet<string>;
  /** True to draw QuantizeLinear and DequantizeLinear as nodes. */
  readonly raw: boolean;
  readonly shapes?: GraphShapes;
  readonly strings: GraphStrings;
}

/** The graph as it is to be drawn. `groups` are those of {@link buildAllGroups}. */
export function buildDisplayGraph(
  document: GraphDocument,
  groups: readonly GroupTree[],
  options: DisplayOptions,
): DisplayGraph {
  const index = indexDocument(document);
  const plan = planFolding(document);
  const context: LabelContext = {
    index,
    facts: createTensorFacts(document, options.shapes),
    strings: options.strings,
  };
  const placing: Placing = {
    index,
    plan,
    groups,
    expanded: options.expanded,
    raw: options.raw,
    describe: createDescriber(context, plan, options.raw),
    items: [],
    bodies: [],
  };
  placeBody(placing, options.graph, -1, '', {});
  const edges = connectItems(placing, context);
  return { items: placing.items, edges };
}
