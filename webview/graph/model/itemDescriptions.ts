import type { GraphDocument, NodeRef } from '../../../src/protocol';
import type { GraphStrings } from '../../../src/protocol/graphStrings';
import { fill } from '../../ui/format';
import { attributeRows } from './attributeRows';
import type { DisplayRow, OperatorCategory } from './display';
import { graphAt, nodeRefOf, tensorRefOf, type DocumentIndex } from './documentIndex';
import type { FoldPlan } from './folding';
import { groupWeightBytes } from './nodeWeights';
import type { GroupTree, NodeGroup } from './groups';
import { bytesText } from './numberText';
import { operatorCategory } from './operatorCategory';
import type { Describer, Description } from './placement';
import type { LabelContext } from './quantizationLabel';
import { tensorText } from './tensorFacts';
import { weightRows, weightText } from './weightRows';

const NO_ROWS: readonly DisplayRow[] = [];
/** Operators that give a group its colour before all others, however few they are. */
const LEADING: readonly OperatorCategory[] = ['attention', 'recurrent', 'convolution', 'matrix'];
const MOST_OPERATORS = 3;

/** Made once a group: they depend on nothing that a person changes in the view. */
const groupDescriptions = new WeakMap<
  NodeGroup,
  { readonly strings: GraphStrings; readonly description: Description }
>();

/** By number of the node. */
const nodeRefs = new WeakMap<DocumentIndex, NodeRef[]>();

/** Makes titles and rows of all items of a display graph. */
export function createDescriber(context: LabelContext, plan: FoldPlan, raw: boolean): Describer {
  const { index, facts, strings } = context;
  const { document } = index;
  const used: FoldPlan = raw ? { folded: new Set(), constants: plan.constants, resolved: [] } : plan;
  return {
    node(number) {
      const node = index.nodes[number];
      if (node === undefined)
        return { title: '', name: '', category: 'other', rows: NO_ROWS, members: [], nodeCount: 0 };
      const category = operatorCategory(node.operator, node.domain);
      return {
        title: node.operator,
        name: node.name,
        category,
        rows: [...attributeRows(node, category !== 'other'), ...weightRows(context, used, number)],
        members: [nodeRefOf(index, number)],
        nodeCount: 1,
      };
    },
    head(number) {
      const node = index.nodes[number];
      return {
        title: node?.operator ?? '',
        name: node?.name ?? '',
        category: 'control',
        rows: weightRows(context, used, number),
        members: [nodeRefOf(index, number)],
        nodeCount: 1,
      };
    },
    group(tree, group) {
      const known = groupDescriptions.get(group);
      if (known?.strings === strings) return known.description;
      const description = describeGroup(context, plan, tree, group);
      groupDescriptions.set(group, { strings, description });
      return description;
    },
    branch(graph) {
      const body = graphAt(document, graph);
      return {
        title: body.owner?.attribute ?? body.name,
        name: body.name,
        category: 'control',
        rows: NO_ROWS,
        members: body.nodes.map((_, node) => ({ graph, node })),
        nodeCount: body.nodes.filter((_, node) => !plan.folded.has((index.nodeStart[graph] ?? 0) + node)).length,
      };
    },
    boundary(kind, tensor) {
      const text = tensorText(facts, tensor);
      const weight = facts.weight(tensor);
      return {
        title: kind === 'input' ? strings.input : strings.output,
        name: index.tensors[tensor]?.name ?? '',
        category: 'boundary',
        rows: [
          ...(text === '' ? [] : [{ kind: 'summary' as const, label: '', value: text }]),
          ...(weight === undefined
            ? []
            : [
                {
                  kind: 'weight' as const,
                  label: '',
                  value: weightText(context, tensor),
                  tensor: tensorRefOf(index, tensor),
                },
              ]),
        ],
        members: [],
        nodeCount: 0,
        tensor: tensorRefOf(index, tensor),
      };
    },
  };
}

function describeGroup(context: LabelContext, plan: FoldPlan, tree: GroupTree, group: NodeGroup): Description {
  const { index } = context;
  const nodeCount = countNodes(plan, index.nodeStart[tree.graph] ?? 0, group);
  return {
    title: group.title,
    name: group.name,
    category: groupCategory(index.document, plan, index.nodeStart[tree.graph] ?? 0, tree, group),
    rows: groupRows(context, plan, tree, group, nodeCount),
    members: refsOf(context.index, tree, group),
    nodeCount,
    pattern: group.pattern,
  };
}

/** References to the members of a group; nodes are in several groups, which share the references. */
function refsOf(index: DocumentIndex, { graph }: GroupTree, { members }: NodeGroup): readonly NodeRef[] {
  let refs = nodeRefs.get(index);
  if (refs === undefined) nodeRefs.set(index, (refs = []));
  const start = index.nodeStart[graph] ?? 0;
  const found = refs;
  return members.map((node) => (found[start + node] ??= { graph, node }));
}

function groupRows(
  context: LabelContext,
  plan: FoldPlan,
  tree: GroupTree,
  group: NodeGroup,
  nodeCount: number,
): readonly DisplayRow[] {
  const { index, strings } = context;
  const start = index.nodeStart[tree.graph] ?? 0;
  const counts = new Map<string, number>();
  for (const member of group.members) {
    if (plan.folded.has(start + member)) continue;
    const operator = index.nodes[start + member]?.operator ?? '';
    counts.set(operator, (counts.get(operator) ?? 0) + 1);
  }
  const operators = [...counts]
    .sort(([, first], [, second]) => second - first)
    .slice(0, MOST_OPERATORS)
    .map(([operator, count]) => (count === 1 ? operator : `${operator} ×${String(count)}`))
    .join(', ');
  const bytes = groupWeightBytes(index, plan, tree, group);
  return [
    { kind: 'summary', label: fill(strings.nodes, String(nodeCount)), value: bytes === 0 ? '' : bytesText(bytes) },
    { kind: 'summary', label: '', value: counts.size > MOST_OPERATORS ? `${operators}…` : operators },
  ];
}

/** How many nodes of a group a person counts: none that is part of an edge or of a row. */
export function countNodes(plan: FoldPlan, start: number, { members }: NodeGroup): number {
  return members.reduce((count, node) => count + (plan.folded.has(start + node) ? 0 : 1), 0);
}

function groupCategory(
  document: GraphDocument,
  plan: FoldPlan,
  start: number,
  tree: GroupTree,
  group: NodeGroup,
): OperatorCategory {
  const counts = new Map<OperatorCategory, number>();
  const { nodes } = graphAt(document, tree.graph);
  for (const member of group.members) {
    const node = nodes[member];
    if (node === undefined || plan.folded.has(start + member)) continue;
    const category = operatorCategory(node.operator, node.domain);
    counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  const leading = LEADING.find((category) => counts.has(category));
  if (leading !== undefined) return leading;
  return [...counts].sort(([, first], [, second]) => second - first)[0]?.[0] ?? 'other';
}
