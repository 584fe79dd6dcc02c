import type { TensorRef } from '../../../src/protocol';
import { formatBytes } from '../../../src/util/format';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import type { DisplayItem } from '../model/display';
import { inputNumbers, nodeNumber, type DocumentIndex } from '../model/documentIndex';
import { planFolding } from '../model/folding';
import { choiceButtons } from './choiceButtons';
import type { InspectorContext } from './context';
import { tensorList } from './nodeSections';
import { factList, hint, jump, section } from './sections';

/** What a group holds, counted. */
export interface GroupFacts {
  /** Operators and how often each occurs, most often first. */
  readonly operators: readonly (readonly [operator: string, count: number])[];
  readonly weightElements: number;
  readonly weightBytes: number;
}

/** Counts the operators and weights of a group, pairs folded; a weight that several nodes read counts once. */
export function groupFacts(item: DisplayItem, index: DocumentIndex): GroupFacts {
  const counts = new Map<string, number>();
  const weights = new Set<number>();
  const { folded } = planFolding(index.document);
  for (const ref of item.members) {
    const number = nodeNumber(index, ref);
    const operator = index.nodes[number]?.operator ?? '';
    if (!folded.has(number)) counts.set(operator, (counts.get(operator) ?? 0) + 1);
    for (const input of inputNumbers(index, number)) {
      if (index.tensors[input]?.weight !== undefined) weights.add(input);
    }
  }
  let [weightElements, weightBytes] = [0, 0];
  for (const tensor of weights) {
    weightElements += index.tensors[tensor]?.weight?.elements ?? 0;
    weightBytes += index.tensors[tensor]?.weight?.bytes ?? 0;
  }
  const operators = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  return { operators, weightElements, weightBytes };
}

/** A group: what it holds, and what the recipe does with all of it. */
export function groupSections(item: DisplayItem, context: InspectorContext): HTMLElement[] {
  const { index, strings, formats } = context;
  const { operators, weightElements, weightBytes } = groupFacts(item, index);
  const names = item.members.flatMap((ref) => index.nodes[nodeNumber(index, ref)]?.name ?? []);
  return [
    element('h2', {}, item.title),
    factList([
      [strings.name, item.name],
      [strings.contains, fill(strings.nodes, formats.integer(item.nodeCount))],
      [strings.parameters, formats.integer(weightElements)],
      [strings.size, formatBytes(weightBytes)],
    ]),
    choiceButtons(names, item.name, context),
    section(
      strings.operators,
      factList(operators.map(([operator, count]): [string, string] => [operator, formats.integer(count)])),
    ),
  ];
}

/** The model as a whole, shown while nothing is selected. */
export function modelSections(context: InspectorContext): HTMLElement[] {
  const { index, strings, formats } = context;
  const { document } = index;
  const main = document.graphs[0];
  const opsets = document.opsets.map(({ domain, version }) => `${domain === '' ? 'ai.onnx' : domain} ${version}`);
  const metadata = Object.entries(document.metadata);
  const refs = (tensors: readonly number[] = []): TensorRef[] => tensors.map((tensor) => ({ graph: 0, tensor }));
  return [
    element('h2', {}, document.name),
    ...(document.description === '' ? [] : [hint(document.description)]),
    factList([
      [strings.contains, nodesText(context)],
      [strings.parameters, formats.integer(document.parameterCount)],
      [strings.size, formatBytes(document.sizeBytes + document.externalBytes)],
      [strings.opset, opsets.join(', ')],
      ...(document.producer === '' ? [] : ([[strings.producer, document.producer]] as const)),
    ]),
    ...(document.notes.length === 0
      ? []
      : [section(strings.modelNotes, element('ul', {}, ...document.notes.map((note) => element('li', {}, note))))]),
    ...tensorList(strings.inputs, refs(main?.inputs), context),
    ...tensorList(strings.outputs, refs(main?.outputs), context),
    ...(metadata.length === 0 ? [] : [section(strings.metadata, factList(metadata))]),
    ...functionList(context),
  ];
}

/** How many nodes the main graph shows, and how many the file has where pairs and constants are folded. */
function nodesText({ index, strings, formats }: InspectorContext): string {
  const { folded } = planFolding(index.document);
  const count = index.document.graphs[0]?.nodes.length ?? 0;
  let shown = 0;
  for (let node = 0; node < count; node++) if (!folded.has(node)) shown++;
  return shown === count
    ? fill(strings.nodes, formats.integer(count))
    : fill(strings.nodesInFile, formats.integer(shown), formats.integer(count));
}

function functionList({ index, strings, openGraph }: InspectorContext): HTMLElement[] {
  const functions = index.document.graphs.flatMap((body, graph) => (body.kind === 'function' ? [{ body, graph }] : []));
  if (functions.length === 0) return [];
  const lines = functions.map(({ body, graph }) =>
    element(
      'li',
      {},
      jump(body.name, () => openGraph(graph)),
    ),
  );
  return [section(strings.functions, element('ul', { class: 'tensors' }, ...lines))];
}
