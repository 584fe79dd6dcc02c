import { applyEdits, modify, parse, type ParseError } from 'jsonc-parser';
import * as z from 'zod';
import type { RecipeChoices } from '../../protocol';
import { createNodePattern, type NamedNode } from '../../util/nodePattern';

/** The lists of a recipe's steps that name nodes. */
export type RecipeList = 'exclude' | 'keepFp16' | 'protect';

/** The steps that have such lists. */
export type ListedStep = 'quantize' | 'prune';

/** The step that a list is of. */
export const STEP_OF_LIST: Readonly<Record<RecipeList, ListedStep>> = {
  exclude: 'quantize',
  keepFp16: 'quantize',
  protect: 'prune',
};

const names = z.array(z.string().min(1)).optional();

/** The part of a recipe that says what stays as it is; everything else is left alone. */
const RECIPE = z.object({
  format: z.literal('onnx-press-recipe'),
  model: z.string(),
  steps: z
    .array(
      z.union([
        z.object({ kind: z.literal('quantize'), exclude: names, keepFp16: names }),
        z.object({ kind: z.literal('prune'), protect: names }),
        z.object({ kind: z.string() }).transform(() => ({ kind: 'other' as const })),
      ]),
    )
    .min(1),
});

/** What a recipe file says about the nodes of its model: names, globs and operator types. */
export interface RecipeLists extends Readonly<Record<RecipeList, readonly string[]>> {
  /** The model as the file names it. */
  readonly model: string;
  /** Places of the first step of each kind, where there is one: its lists count. */
  readonly places: Readonly<Partial<Record<ListedStep, number>>>;
}

/** What there is in a recipe of one step, before anything is named. */
const FIRST_STEPS: Readonly<Record<ListedStep, Readonly<Record<string, string>>>> = {
  quantize: { kind: 'quantize', mode: 'static' },
  prune: { kind: 'prune', method: 'channel' },
};

/** Recipes are written like the ones of a run. */
const FORMATTING = { formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' } };

/** Reads the lists of a recipe, which may have comments; undefined when the text is no recipe. */
export function readRecipeLists(text: string): RecipeLists | undefined {
  const errors: ParseError[] = [];
  const parsed = RECIPE.safeParse(parse(text, errors, { allowTrailingComma: true }));
  if (errors.length > 0 || parsed.data === undefined) return undefined;
  const { model, steps } = parsed.data;
  const quantize = steps.find((step) => step.kind === 'quantize');
  const prune = steps.find((step) => step.kind === 'prune');
  return {
    model,
    exclude: quantize?.exclude ?? [],
    keepFp16: quantize?.keepFp16 ?? [],
    protect: prune?.protect ?? [],
    places: {
      ...(quantize === undefined ? {} : { quantize: steps.indexOf(quantize) }),
      ...(prune === undefined ? {} : { prune: steps.indexOf(prune) }),
    },
  };
}

/** The text of a new recipe of one step for `model`, a path relative to the recipe. */
export function newRecipe(model: string, step: ListedStep): string {
  const recipe = {
    format: 'onnx-press-recipe',
    version: 1,
    model,
    steps: [FIRST_STEPS[step]],
  };
  return `${JSON.stringify(recipe, null, 2)}\n`;
}

/**
 * Adds `nodes` to a list of a recipe, or takes them out; comments and layout of the rest stay.
 * Names that are there already, or are not, change nothing. The text must be a recipe with a step that has the list.
 */
export function changeRecipeList(text: string, list: RecipeList, nodes: readonly string[], on: boolean): string {
  const lists = readRecipeLists(text);
  const present = lists?.[list] ?? [];
  const path = ['steps', lists?.places[STEP_OF_LIST[list]] ?? 0, list];
  if (on) {
    const missing = [...new Set(nodes)].filter((node) => !present.includes(node));
    if (missing.length === 0) return text;
    if (present.length === 0) return set(text, path, missing);
    return missing.reduce((changed, node, i) => insert(changed, [...path, present.length + i], node), text);
  }
  const gone = new Set(nodes);
  const kept = present.filter((node) => !gone.has(node));
  if (kept.length === present.length) return text;
  if (kept.length === 0) return set(text, path, undefined);
  // From the end, so that earlier places stay what they are.
  return present.reduceRight(
    (changed, node, i) => (gone.has(node) ? set(changed, [...path, i], undefined) : changed),
    text,
  );
}

/** The nodes that the lists name, by themselves or through a pattern. */
export function recipeChoices(
  { exclude, keepFp16, protect }: Pick<RecipeLists, RecipeList>,
  nodes: readonly NamedNode[],
): RecipeChoices {
  return {
    excluded: matching(exclude, nodes),
    fp16: matching(keepFp16, nodes),
    protected: matching(protect, nodes),
  };
}

/** A pattern of `entries`, other than the bare name, that names the node: taking the name out does not help then. */
export function coveringPattern(entries: readonly string[], node: NamedNode): string | undefined {
  return entries.find((entry) => entry !== node.name && createNodePattern(entry)(node));
}

function matching(entries: readonly string[], nodes: readonly NamedNode[]): string[] {
  const names = new Set(entries);
  // Most entries are plain names; only the others are held against every node.
  const known = new Set(nodes.map(({ name }) => name));
  const patterns = entries.filter((entry) => !known.has(entry)).map(createNodePattern);
  return nodes.filter((node) => names.has(node.name) || patterns.some((fits) => fits(node))).map(({ name }) => name);
}

function set(text: string, path: (string | number)[], value: unknown): string {
  return applyEdits(text, modify(text, path, value, FORMATTING));
}

function insert(text: string, path: (string | number)[], value: string): string {
  return applyEdits(text, modify(text, path, value, { ...FORMATTING, isArrayInsertion: true }));
}
