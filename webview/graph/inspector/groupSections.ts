import type { TensorRef } from '../../../src/protocol';
import { formatBytes } from '../../../src/util/format';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import type { DisplayItem } from '../model/display';
import { inputNumbers, nodeNumber, type DocumentIndex } from '../model/documentIndex';
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

/** Counts the operators and weights of a group; a weight that several nodes read counts once. */
export function groupFacts(item: DisplayItem, index: DocumentIndex): GroupFacts {
  const counts = new Map<string, number>();
  const weights = new Set<number>();
  for (const ref of item.members) {
    const number = nodeNumber(index, ref);
    const operator = index.nodes[number]?.operator ?? '';
    counts.set(operator, (counts.get(operator) ?? 0) + 1);
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
      [strings.contains, fill(strings.nodes, formats.integer(item.members.length))],
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
      [strings.contains, fill(strings.nodes, formats.integer(main?.nodes.length ?? 0))],
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
