/** Messages between the form of a recipe and the host, and the texts of the form. */
import type { RecipeTexts } from './recipeTexts';

/** A place in a recipe: keys and indices from its root. */
export type RecipePath = readonly (string | number)[];

/** What the form may ask for; every edit becomes an edit of the text, which VS Code can undo. */
export type RecipeFormRequest =
  | { readonly type: 'ready' }
  /** Null removes the key. */
  | { readonly type: 'set'; readonly path: RecipePath; readonly value: unknown }
  | { readonly type: 'addStep'; readonly kind: string }
  | { readonly type: 'removeStep'; readonly index: number }
  /** Changes places with the step after it. */
  | { readonly type: 'swapSteps'; readonly index: number }
  | { readonly type: 'run'; readonly from?: number }
  | { readonly type: 'compare' }
  | { readonly type: 'openText' };

/** Something that VS Code finds wrong with the text. */
export interface RecipeProblem {
  readonly path: RecipePath;
  readonly message: string;
}

/** What the form shows: sent when it is ready and after every change of the text. */
export interface RecipeFormMessage {
  readonly type: 'recipe/show';
  readonly name: string;
  /** The recipe as parsed; absent while the text is no JSON object. */
  readonly recipe?: Readonly<Record<string, unknown>>;
  readonly problems: readonly RecipeProblem[];
  readonly texts: RecipeTexts;
  readonly strings: RecipeFormStrings;
  readonly locale: string;
}

/** Every other text of the form, in English; the host sends them translated. */
export const RECIPE_FORM_STRINGS = {
  notJson: 'The text is not a recipe that a form can show. Correct it in the text editor.',
  openText: 'Open as text',
  run: 'Run',
  runFromHere: 'Run from here',
  compare: 'Compare results',
  basics: 'Model and data',
  steps: 'Steps',
  targets: 'Targets',
  advanced: 'More settings',
  addStep: 'Add step',
  stepKind: 'Kind of step',
  removeStep: 'Remove step {0}',
  moveUp: 'Move step {0} up',
  moveDown: 'Move step {0} down',
  remove: 'Remove',
  up: 'Up',
  down: 'Down',
  stepHeading: 'Step {0}: {1}',
  unset: '(default)',
  yes: 'yes',
  no: 'no',
  onePerLine: 'One a line',
  asJson: 'As JSON',
  notNumber: 'This is not a number.',
  notValue: 'This is not JSON.',
  required: 'required',
} as const;

export type RecipeFormStrings = Readonly<Record<keyof typeof RECIPE_FORM_STRINGS, string>>;
