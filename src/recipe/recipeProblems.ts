import { findNodeAtLocation, type Node } from 'jsonc-parser';
import type { z } from 'zod';
import { issueText } from '../data/schemaIssue';
import { PressError } from '../util/pressError';
import { textPosition } from '../util/textPosition';
import { RECIPE_STEPS } from './pipeline/stepRegistry';

/** More than this at once is a list that nobody reads. */
const MAX_PROBLEMS = 8;

type Place = readonly (string | number)[];

/** One thing that is wrong with a recipe: where in the text, and what. */
export interface RecipeFault {
  readonly offset: number;
  readonly what: string;
}

/** What the schema finds wrong with a recipe, in the order of the text; `tree` is that of the text. */
export function recipeFaults(error: z.ZodError, tree: Node): RecipeFault[] {
  return error.issues.flatMap((issue) => faultsOf(issue, tree)).sort((a, b) => a.offset - b.offset);
}

/** `bad-recipe` with every fault on a line of its own, the first at line and column. */
export function badRecipe(path: string, text: string, faults: readonly RecipeFault[]): PressError {
  const positions = faults.map(({ offset }) => textPosition(text, offset));
  const [first = { line: 1, column: 1 }] = positions;
  const shown = faults.slice(0, MAX_PROBLEMS).map(({ what }, i) => `line ${positions[i]?.line ?? 1}, ${what}`);
  const more = faults.length - shown.length;
  const why =
    faults.length === 1
      ? ` ${faults[0]?.what ?? ''}`
      : `\n${[...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(';\n')}`;
  const place = `${path}:${first.line}:${first.column}`;
  return new PressError('bad-recipe', `${place} is not a recipe:${why}.\nCorrect it, or make one with New Recipe.`, {
    path,
    why: why.trim(),
    ...first,
  });
}

function faultsOf(issue: z.core.$ZodIssue, tree: Node): RecipeFault[] {
  // Keys of JSON are strings and numbers.
  const place = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      offset: offsetOf(tree, [...place, key]),
      what: named([...place, key], 'there is no such setting'),
    }));
  }
  return [{ offset: offsetOf(tree, place), what: named(place, explain(issue, place)) }];
}

function explain(issue: z.core.$ZodIssue, place: Place): string {
  const isUnknownKind = issue.code === 'invalid_union' && issue.errors.length === 0 && place.at(-1) === 'kind';
  return isUnknownKind ? `must be one of ${RECIPE_STEPS.map(({ kind }) => kind).join(', ')}` : issueText(issue);
}

/** A place in words, with steps counted from 1 as in reports: `step 2, layers.conv1.amount: ...`. */
function named(place: Place, what: string): string {
  const [first, second, ...rest] = place;
  if (first === 'steps' && typeof second === 'number') {
    return `step ${second + 1}${rest.length > 0 ? `, ${rest.join('.')}` : ''}: ${what}`;
  }
  return `${place.join('.') || 'the file'}: ${what}`;
}

/** Where a place stands in the text: its key, or what it should stand in. */
function offsetOf(tree: Node, place: Place): number {
  for (let depth = place.length; depth > 0; depth--) {
    const node = findNodeAtLocation(tree, place.slice(0, depth));
    if (node !== undefined) return (node.parent?.type === 'property' ? node.parent : node).offset;
  }
  return tree.offset;
}
