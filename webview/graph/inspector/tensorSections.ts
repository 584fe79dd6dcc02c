import type { GraphTensor, TensorRef } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import { nodeRefOf, tensorNumber } from '../model/documentIndex';
import { dimsText } from '../model/tensorFacts';
import { activationSection } from './activationSection';
import type { InspectorContext, NamedGrid } from './context';
import { quantizationSection } from './quantizationSection';
import { factList, jump, section } from './sections';
import { weightSections } from './weightSection';
import { createButton } from '../../ui/toolkit';

/** A tensor: type and shape, who makes and reads it, and its values or what calibration saw of them. */
export function tensorSections(
  ref: TensorRef,
  quantizations: readonly NamedGrid[],
  context: InspectorContext,
): HTMLElement[] {
  const { index, strings } = context;
  const number = tensorNumber(index, ref);
  const tensor = index.tensors[number];
  if (tensor === undefined) return [];
  const dims = context.facts.dims(number);
  const copy = createButton(strings.copyName, false, () => {
    context.request('copy', { text: tensor.name }).then(
      ({ copied }) => copied && context.announce(strings.copied),
      (error: Error) => context.announce(error.message),
    );
  });
  return [
    element('h2', {}, tensorTitle(tensor, context)),
    factList([
      [strings.name, tensor.name === '' ? strings.unnamed : tensor.name],
      [strings.type, context.facts.type(number) ?? strings.unknown],
      [strings.shape, dims === undefined ? strings.unknown : dimsText(dims)],
    ]),
    element('div', { class: 'buttons' }, copy),
    ...nodeList(strings.madeBy, [index.producer[number] ?? -1], context),
    ...nodeList(strings.readBy, index.readers[number] ?? [], context),
    ...quantizations.map(({ name, grid }) => quantizationSection(fill(strings.quantizationOf, name), grid, context)),
    ...(tensor.weight === undefined ? [activationSection(tensor.name, context)] : []),
    ...(tensor.weight === undefined ? [] : weightSections(ref, tensor.weight, context)),
  ];
}

/** More readers than this are counted, not listed. */
const MAX_LISTED = 50;

function tensorTitle(tensor: GraphTensor, { strings }: InspectorContext): string {
  switch (tensor.weight?.kind) {
    case 'constant':
      return strings.constant;
    case 'sparse':
      return strings.sparseWeight;
    case 'initializer':
      return strings.weight;
    default:
      return strings.activation;
  }
}

function nodeList(title: string, numbers: readonly number[], context: InspectorContext): HTMLElement[] {
  const { index, strings, formats } = context;
  const known = [...new Set(numbers)].filter((number) => number >= 0);
  if (known.length === 0) return [];
  const lines = known.slice(0, MAX_LISTED).map((number) => {
    const node = index.nodes[number];
    return element(
      'li',
      {},
      jump(node?.name ?? '', () => context.goToNode(nodeRefOf(index, number))),
      element('span', { class: 'hint' }, ` ${node?.operator ?? ''}`),
    );
  });
  const rest = known.length - lines.length;
  if (rest > 0) lines.push(element('li', { class: 'hint' }, fill(strings.andMore, formats.integer(rest))));
  return [section(title, element('ul', { class: 'tensors' }, ...lines))];
}
