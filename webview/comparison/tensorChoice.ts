import type { ComparisonStrings } from '../../src/protocol/index';
import { element } from '../ui/dom';
import { createDistributionChart } from './distributionChart';
import type { PageContent } from './page';

/** What is known of the choice of a tensor. */
export interface TensorChoice {
  readonly tensors: readonly string[];
  readonly chosen: string | undefined;
  readonly isMeasuring: boolean;
}

/** A list of tensors, and the distributions of the one that was measured. */
export function createTensorChoice(
  { strings, locale, distribution }: PageContent,
  { tensors, chosen, isMeasuring }: TensorChoice,
  onChoose: (tensor: string) => void,
): HTMLElement {
  return element(
    'div',
    {},
    createList(strings, tensors, chosen, onChoose),
    ...(isMeasuring ? [element('p', { class: 'hint', role: 'status' }, strings.measuring)] : []),
    ...(distribution === undefined || isMeasuring ? [] : [createDistributionChart(distribution, strings, locale)]),
  );
}

function createList(
  strings: ComparisonStrings,
  tensors: readonly string[],
  chosen: string | undefined,
  onChoose: (tensor: string) => void,
): HTMLElement {
  // The toolkit's list builds an element with a style of its own for each of thousands of options; this one is native.
  const list = element(
    'select',
    { id: 'tensor' },
    element('option', { value: '' }, strings.chooseTensor),
    ...tensors.map((name) => element('option', { value: name, ...(name === chosen ? { selected: '' } : {}) }, name)),
  );
  list.addEventListener('change', () => {
    if (list.value !== '') onChoose(list.value);
  });
  return element('div', { class: 'tensor-choice' }, element('label', { for: 'tensor' }, strings.tensor), list);
}
