import { PressError } from '../../util/pressError';
import type { RecipeStep } from './recipeStep';
import { evaluateStep } from './steps/evaluateStep';
import { normaliseStep } from './steps/normaliseStep';
import { pruneStep } from './steps/pruneStep';
import { quantizeStep } from './steps/quantizeStep';
import { distilStep, trainStep } from './steps/trainSteps';

/** Every kind of step, in the order in which practice takes them. */
export const RECIPE_STEPS: readonly RecipeStep[] = [
  normaliseStep,
  pruneStep,
  trainStep,
  distilStep,
  quantizeStep,
  evaluateStep,
];

/** The step of a kind. Throws `bad-recipe`, which a recipe that passed the schema cannot cause. */
export function stepOfKind(kind: string): RecipeStep {
  const step = RECIPE_STEPS.find((candidate) => candidate.kind === kind);
  if (step === undefined) throw new PressError('bad-recipe', `There is no step of the kind ${kind}.`, { kind });
  return step;
}
