import type { GraphAttribute, NodeRef, SourceLine, TensorRef } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import { operatorSummary } from '../docs/operatorSummary';
import { graphAt, nodeNumber, tensorNumber, tensorRefOf } from '../model/documentIndex';
import { tensorText } from '../model/tensorFacts';
import { choiceButtons } from './choiceButtons';
import type { InspectorContext, NamedGrid } from './context';
import { couplingSection } from './couplingSection';
import { prunedSection } from './prunedSection';
import { quantizationSection } from './quantizationSection';
import { factList, hint, jump, section } from './sections';

/** An operator: documentation, attributes, inputs and outputs, quantization of what it reads and makes. */
export function nodeSections(
  node: NodeRef,
  quantizations: readonly NamedGrid[],
  context: InspectorContext,
): HTMLElement[] {
  const { index, strings } = context;
  const found = index.nodes[nodeNumber(index, node)];
  if (found === undefined) return [];
  const overlay = context.overlayFact(node);
  const facts = factList([
    [strings.name, found.name],
    [strings.operator, found.domain === '' ? found.operator : `${found.domain}.${found.operator}`],
    ...(found.scope === undefined ? [] : ([[strings.scope, found.scope.join(' / ')]] as const)),
    ...(overlay === undefined ? [] : [overlay]),
  ]);
  return [
    element('h2', {}, found.operator),
    facts,
    ...(found.description === undefined || found.description === '' ? [] : [hint(found.description)]),
    ...sourceLink(node, found.source, context),
    choiceButtons([found.name], found.name, context),
    ...(node.graph === 0 ? [prunedSection(found.name, context), couplingSection(found.name, context)] : []),
    ...documentation(found.operator, found.domain, context),
    ...attributeSection(found.attributes, context),
    ...bodySection(found.subgraphs ?? [], found.function, context),
    ...tensorList(strings.inputs, refsOf(node.graph, found.inputs), context),
    ...tensorList(strings.outputs, refsOf(node.graph, found.outputs), context),
    ...quantizations.map(({ name, grid, summary }) =>
      quantizationSection(fill(strings.quantizationOf, name), grid, context, summary),
    ),
  ];
}

/** Leads to the line of Python that made the node. */
function sourceLink(node: NodeRef, source: SourceLine | undefined, context: InspectorContext): HTMLElement[] {
  if (source === undefined) return [];
  const name = source.file.slice(Math.max(source.file.lastIndexOf('/'), source.file.lastIndexOf('\\')) + 1);
  const text = fill(context.strings.goToSource, name, context.formats.integer(source.line));
  const open = jump(text, () => {
    context.request('openSource', { node }).catch((error: Error) => context.announce(error.message));
  });
  open.title = `${source.file}:${source.line}`;
  return [element('p', {}, open)];
}

/** Tensors with type and shape; pressing one goes there. */
export function tensorList(
  title: string,
  tensors: readonly (TensorRef | undefined)[],
  context: InspectorContext,
): HTMLElement[] {
  if (tensors.length === 0) return [];
  const lines = tensors.map((ref) => {
    if (ref === undefined) return element('li', { class: 'hint' }, context.strings.leftOut);
    const number = tensorNumber(context.index, ref);
    const target = tensorRefOf(context.index, number);
    const name = context.index.tensors[number]?.name ?? '';
    const text = name === '' ? context.strings.unnamed : name;
    return element(
      'li',
      {},
      jump(text, () => context.goToTensor(target)),
      element('span', { class: 'hint' }, ` ${tensorText(context.facts, number)}`),
    );
  });
  return [section(title, element('ul', { class: 'tensors' }, ...lines))];
}

function refsOf(graph: number, tensors: readonly number[]): (TensorRef | undefined)[] {
  return tensors.map((tensor) => (tensor < 0 ? undefined : { graph, tensor }));
}

function documentation(operator: string, domain: string, context: InspectorContext): HTMLElement[] {
  const summary = operatorSummary(operator, domain, context.locale);
  if (summary === undefined) return [];
  const open = jump(context.strings.openDocumentation, () => {
    context.request('openDocumentation', { operator, domain }).catch((error: Error) => context.announce(error.message));
  });
  return [section(context.strings.documentation, element('p', {}, summary), open)];
}

function attributeSection(attributes: readonly GraphAttribute[], { strings }: InspectorContext): HTMLElement[] {
  if (attributes.length === 0) return [];
  const facts = attributes.map(({ name, text, type }): [string, HTMLElement] => [
    name,
    element('span', { title: type }, text),
  ]);
  return [section(strings.attributes, factList(facts))];
}

function bodySection(
  subgraphs: readonly number[],
  calledFunction: number | undefined,
  context: InspectorContext,
): HTMLElement[] {
  const bodies = [...subgraphs, ...(calledFunction === undefined ? [] : [calledFunction])];
  if (bodies.length === 0) return [];
  const lines = bodies.map((graph) => {
    const body = graphAt(context.index.document, graph);
    const name = body.owner?.attribute ?? body.name;
    const count = fill(context.strings.nodes, context.formats.integer(body.nodes.length));
    return element(
      'li',
      {},
      jump(name, () => context.openGraph(graph)),
      element('span', { class: 'hint' }, ` ${count}`),
    );
  });
  return [section(context.strings.bodies, element('ul', { class: 'tensors' }, ...lines))];
}
