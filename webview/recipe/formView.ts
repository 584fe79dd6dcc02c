import type { RecipeFormMessage, RecipeFormRequest } from '../../src/protocol/index';
import { RECIPE_TEXTS } from '../../src/protocol/recipeTexts';
import { element } from '../ui/dom';
import { fill } from '../ui/format';
import { createSelect } from '../ui/select';
import { createButton, setDisabled } from '../ui/toolkit';
import { createField, type FieldContext } from './fieldView';
import { type Field, recipeForm, type RecipeForm, type StepForm } from './formModel';
import type { JsonSchema } from './jsonSchema';

/** Draws the form of a recipe; `send` carries what the person does. */
export function createForm(
  message: RecipeFormMessage,
  schema: JsonSchema,
  send: (request: RecipeFormRequest) => void,
): HTMLElement {
  const { strings, recipe, name } = message;
  const openText = createButton(strings.openText, false, () => send({ type: 'openText' }));
  if (recipe === undefined)
    return element('div', {}, element('h1', {}, name), element('p', {}, strings.notJson), openText);
  const form = recipeForm(schema, recipe, message.problems);
  const context: FieldContext = {
    strings,
    translate: translator(message),
    set: (path, value) => send({ type: 'set', path, value }),
  };
  return element(
    'div',
    {},
    element('h1', {}, name),
    element(
      'div',
      { class: 'actions' },
      withId(
        'run',
        createButton(strings.run, true, () => send({ type: 'run' })),
      ),
      createButton(strings.compare, false, () => send({ type: 'compare' })),
      openText,
    ),
    ...form.problems.map((problem) => element('p', { class: 'problem', role: 'alert' }, problem)),
    section(strings.basics, ...fields(form.basics, context)),
    section(strings.steps, ...stepsOf(form, context, send)),
    section(
      strings.targets,
      ...form.targets.map((target) =>
        element(
          'fieldset',
          {},
          element('legend', {}, target.name),
          element('p', { class: 'hint' }, context.translate(target.description)),
          ...fields(target.fields, context),
        ),
      ),
    ),
    section(strings.advanced, ...fields(form.advanced, context)),
  );
}

function stepsOf(form: RecipeForm, context: FieldContext, send: (request: RecipeFormRequest) => void): HTMLElement[] {
  const { strings } = context;
  const count = form.steps.length;
  const [first] = form.kinds;
  const kind = createSelect(
    strings.stepKind,
    form.kinds.map((option) => ({ value: option.kind, text: option.kind })),
    first?.kind ?? '',
    () => undefined,
  );
  kind.id = 'new-step';
  const add = createButton(strings.addStep, false, () => send({ type: 'addStep', kind: kind.value }));
  return [
    element('ol', { class: 'steps' }, ...form.steps.map((step) => createStep(step, count, context, send))),
    element('div', { class: 'actions' }, kind, withId('add-step', add)),
  ];
}

function createStep(
  step: StepForm,
  count: number,
  context: FieldContext,
  send: (request: RecipeFormRequest) => void,
): HTMLElement {
  const { strings, translate } = context;
  const { index, kind, main, more } = step;
  const number = String(index + 1);
  const action = (id: string, text: string, label: string, request: RecipeFormRequest, isOff = false): HTMLElement => {
    const button = withId(
      `${id}-${index}`,
      createButton(text, false, () => send(request)),
    );
    button.setAttribute('aria-label', label);
    setDisabled(button, isOff);
    return button;
  };
  return element(
    'li',
    { class: 'step', 'aria-label': fill(strings.stepHeading, number, kind) },
    element('h3', {}, fill(strings.stepHeading, number, kind)),
    element('p', { class: 'hint' }, translate(step.description)),
    element(
      'div',
      { class: 'actions' },
      action('from', strings.runFromHere, strings.runFromHere, { type: 'run', from: index + 1 }),
      action('up', strings.up, fill(strings.moveUp, number), { type: 'swapSteps', index: index - 1 }, index === 0),
      action('down', strings.down, fill(strings.moveDown, number), { type: 'swapSteps', index }, index === count - 1),
      action('remove', strings.remove, fill(strings.removeStep, number), { type: 'removeStep', index }, count === 1),
    ),
    ...step.problems.map((problem) => element('p', { class: 'problem', role: 'alert' }, problem)),
    ...fields(main, context),
    ...(more.length === 0
      ? []
      : [
          element(
            'details',
            { id: `more-${index}` },
            element('summary', {}, strings.advanced),
            ...fields(more, context),
          ),
        ]),
  );
}

function fields(list: readonly Field[], context: FieldContext): HTMLElement[] {
  return list.map((field) => createField(field, context));
}

function section(title: string, ...content: readonly HTMLElement[]): HTMLElement {
  return element('section', { 'aria-label': title }, element('h2', {}, title), ...content);
}

function withId(id: string, control: HTMLElement): HTMLElement {
  control.id = id;
  return control;
}

/** Descriptions come with the schema in English; the host has sent them in the person's language by their keys. */
function translator({ texts }: RecipeFormMessage): (description: string) => string {
  const byEnglish = new Map(Object.entries(RECIPE_TEXTS).map(([key, english]) => [english, key]));
  const translated: Readonly<Record<string, string>> = texts;
  // A description is one of the table, or stays as it is.
  return (description) => translated[(byEnglish as Map<string, string>).get(description) ?? ''] ?? description;
}
