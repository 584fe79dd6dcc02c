import type { RecipeFormStrings, RecipePath } from '../../src/protocol/index';
import { element } from '../ui/dom';
import { createSelect } from '../ui/select';
import { createFormField } from '../ui/toolkit';
import type { Field } from './formModel';

/** What a field needs from the form around it. */
export interface FieldContext {
  readonly strings: RecipeFormStrings;
  /** A description in the person's language. */
  readonly translate: (description: string) => string;
  /** Null takes the key out of the recipe. */
  readonly set: (path: RecipePath, value: unknown) => void;
}

/** A setting: its key, its control, what it means, and what is wrong with it. */
export function createField(field: Field, context: FieldContext): HTMLElement {
  const { strings, translate } = context;
  const id = fieldId(field.path);
  const error = element('p', { class: 'problem', role: 'alert', id: `${id}-problem` }, field.problems.join(' '));
  const control = createControl(field, context, (message) => {
    error.textContent = message;
  });
  control.id = id;
  control.setAttribute('aria-describedby', `${id}-hint ${id}-problem`);
  return element(
    'div',
    { class: field.problems.length > 0 ? 'field wrong' : 'field' },
    element('label', { for: id }, field.label, ...(field.isRequired ? [` (${strings.required})`] : [])),
    control,
    element('p', { class: 'hint', id: `${id}-hint` }, translate(field.description), ...formHint(field, strings)),
    error,
  );
}

/** The id of a field's control: the same after every redraw, so that the focus stays. */
export function fieldId(path: RecipePath): string {
  return `field-${path.join('-')}`;
}

function formHint({ control }: Field, strings: RecipeFormStrings): string[] {
  if (control.kind === 'lines') return [` ${strings.onePerLine}.`];
  return control.kind === 'json' ? [` ${strings.asJson}.`] : [];
}

function createControl(
  { control, path, label, value, isRequired }: Field,
  { strings, set }: FieldContext,
  complain: (message: string) => void,
): HTMLElement {
  /** An empty control means that the key is not there. */
  const commit = (text: string, parse: (text: string) => unknown, complaint: string): void => {
    const parsed = text.trim() === '' ? null : parse(text);
    if (parsed === undefined) return complain(complaint);
    complain('');
    set(path, parsed);
  };
  switch (control.kind) {
    case 'text':
      return createFormField(label, asText(value), (text) => commit(text, (given) => given, ''));
    case 'number':
      return createFormField(label, asText(value), (text) => commit(text, asNumber, strings.notNumber));
    case 'choice': {
      const unset = isRequired ? [] : [{ value: '', text: strings.unset }];
      const options = control.options.map((option, i) => ({ value: String(i), text: optionText(option, strings) }));
      const chosen = control.options.findIndex((option) => option === value);
      return createSelect(label, [...unset, ...options], chosen < 0 ? '' : String(chosen), (picked) =>
        set(path, picked === '' ? null : control.options[Number(picked)]),
      );
    }
    case 'lines':
      return createArea(label, Array.isArray(value) ? value.join('\n') : asText(value), (text) =>
        commit(text, (given) => given.split('\n').filter((line) => line.trim() !== ''), ''),
      );
    case 'json':
      return createArea(label, value === undefined ? '' : JSON.stringify(value), (text) =>
        commit(text, asJson, strings.notValue),
      );
  }
}

function createArea(label: string, value: string, onCommit: (text: string) => void): HTMLTextAreaElement {
  const rows = String(Math.min(8, Math.max(1, value.split('\n').length)));
  const area = element('textarea', { class: 'area', 'aria-label': label, rows, spellcheck: 'false' });
  area.value = value;
  area.addEventListener('change', () => onCommit(area.value));
  return area;
}

function optionText(option: string | number | boolean, strings: RecipeFormStrings): string {
  if (typeof option !== 'boolean') return String(option);
  return option ? strings.yes : strings.no;
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function asNumber(text: string): number | undefined {
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
