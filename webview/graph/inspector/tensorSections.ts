import type { GraphWeight, TensorRef } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import { nodeRefOf, tensorNumber, tensorRefOf } from '../model/documentIndex';
import { weightBehind } from '../model/nodeWeights';
import { dimsText } from '../model/tensorFacts';
import { activationSection } from './activationSection';
import type { InspectorContext, NamedGrid } from './context';
import { quantizationSection } from './quantizationSection';
import { cutList, factList, jump, section } from './sections';
import { weightSections } from './weightSection';
import { createButton } from '../../ui/toolkit';

/**
 * A tensor: type and shape, who makes and reads it, and its values or what calibration saw of them. What a
 * DequantizeLinear makes of a stored weight is shown as that weight.
 */
export function tensorSections(
  ref: TensorRef,
  quantizations: readonly NamedGrid[],
  context: InspectorContext,
): HTMLElement[] {
  const { index, strings } = context;
  const number = tensorNumber(index, ref);
  const tensor = index.tensors[number];
  if (tensor === undefined) return [];
  const stored = weightBehind(index, number);
  const dims = context.facts.dims(number) ?? (stored && context.facts.dims(stored.tensor));
  const copy = createButton(strings.copyName, false, () => {
    context.request('copy', { text: tensor.name }).then(
      ({ copied }) => copied && context.announce(strings.copied),
      (error: Error) => context.announce(error.message),
    );
  });
  return [
    element('h2', {}, weightTitle(stored?.weight, context)),
    factList([
      [strings.name, tensor.name === '' ? strings.unnamed : tensor.name],
      [strings.type, context.facts.type(number) ?? strings.unknown],
      [strings.shape, dims === undefined ? strings.unknown : dimsText(dims)],
    ]),
    element('div', { class: 'buttons' }, copy),
    ...nodeList(strings.madeBy, [index.producer[number] ?? -1], context),
    ...nodeList(strings.readBy, index.readers[number] ?? [], context),
    ...quantizations.map(({ name, grid, summary }) =>
      quantizationSection(fill(strings.quantizationOf, name), grid, context, summary),
    ),
    ...(stored === undefined
      ? [activationSection(tensor.name, context)]
      : weightSections(tensorRefOf(index, stored.tensor), stored.weight, context)),
  ];
}

function weightTitle(weight: GraphWeight | undefined, { strings }: InspectorContext): string {
  switch (weight?.kind) {
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
  const { index } = context;
  const known = [...new Set(numbers)].filter((number) => number >= 0);
  if (known.length === 0) return [];
  const list = cutList(known, context, (number) => {
    const node = index.nodes[number];
    return element(
      'li',
      {},
      jump(node?.name ?? '', () => context.goToNode(nodeRefOf(index, number))),
      element('span', { class: 'hint' }, ` ${node?.operator ?? ''}`),
    );
  });
  return [section(title, list)];
}
