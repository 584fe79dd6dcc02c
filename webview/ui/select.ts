import { element } from './dom';

export interface SelectOption {
  readonly value: string;
  readonly text: string;
}

/**
 * A list to choose one value from; `label` is read by screen readers. The browser's own, in the colours of the theme: the
 * toolkit's one sets style attributes, which the policy of the page forbids.
 */
export function createSelect(
  label: string,
  options: readonly SelectOption[],
  value: string,
  onChange: (value: string) => void,
): HTMLSelectElement {
  const lines = options.map((option) => element('option', { value: option.value }, option.text));
  const select = element('select', { class: 'select', 'aria-label': label, title: label }, ...lines);
  select.value = value;
  select.addEventListener('change', () => onChange(select.value));
  return select;
}
