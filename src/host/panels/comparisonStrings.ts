import { l10n } from 'vscode';
import { COMPARISON_STRINGS } from '../../protocol/comparisonStrings';
import { RECIPE_FORM_STRINGS } from '../../protocol/recipeForm';
import { RECIPE_TEXTS } from '../../protocol/recipeTexts';
import { RUNS_STRINGS } from '../../protocol/runsStrings';
import { TRAIN_STRINGS } from '../../protocol/trainStrings';
import type { ComparisonStrings, RecipeFormStrings, RecipeTexts, RunsStrings, TrainStrings } from '../../protocol';

/** The texts of the comparison panel in the person's language; a test holds the translations against the table. */
export function comparisonStrings(): ComparisonStrings {
  return translated(COMPARISON_STRINGS);
}

/** The texts of the chart of runs in the person's language. */
export function runsStrings(): RunsStrings {
  return translated(RUNS_STRINGS);
}

/** The texts of the form of recipes in the person's language. */
export function recipeFormStrings(): RecipeFormStrings {
  return translated(RECIPE_FORM_STRINGS);
}

/** What the keys of a recipe mean, in the person's language. */
export function recipeTexts(): RecipeTexts {
  return translated(RECIPE_TEXTS);
}

/** The texts of the training panel in the person's language. */
export function trainStrings(): TrainStrings {
  return translated(TRAIN_STRINGS);
}

function translated<T extends Readonly<Record<string, string>>>(table: T): Readonly<Record<keyof T, string>> {
  const entries = Object.entries(table).map(([key, english]) => [key, l10n.t(english)]);
  // The same keys as in the table.
  return Object.fromEntries(entries) as Readonly<Record<keyof T, string>>;
}
