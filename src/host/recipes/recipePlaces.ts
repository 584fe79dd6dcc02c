import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser';

/** Where the parts of a recipe lie in its text; offsets in characters. */
export interface RecipePlaces {
  /** 1: the recipe of a single run. 2: a pipeline. */
  readonly version: number;
  readonly start: number;
  readonly steps: readonly { readonly kind: string; readonly offset: number }[];
  /** The offset of a key such as `targets.size.ratioAtMost`; undefined where it is not there. */
  offsetOf(key: string): number | undefined;
}

/** Files that are larger are no recipes. */
const MAX_CHARACTERS = 1_000_000;

/** The places of a recipe, which may have comments and errors; undefined for what is none. */
export function recipePlaces(text: string): RecipePlaces | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  const tree = parse(text);
  if (tree === undefined || stringAt(tree, ['format']) !== 'onnx-press-recipe') return undefined;
  const steps = findNodeAtLocation(tree, ['steps'])?.children ?? [];
  return {
    version: Number(findNodeAtLocation(tree, ['version'])?.value),
    start: tree.offset,
    steps: steps.map((step) => ({ kind: stringAt(step, ['kind']) ?? '', offset: step.offset })),
    offsetOf: (key) => findNodeAtLocation(tree, key.split('.'))?.parent?.offset,
  };
}

/** The settings that name files, wherever they stand. */
const PATH_KEYS = ['model', 'data', 'evaluationData', 'output', 'teacher'];

/** Every path in a recipe, as it is written. */
export function recipePaths(text: string): string[] {
  const tree = text.length > MAX_CHARACTERS ? undefined : parse(text);
  if (tree === undefined) return [];
  const steps = findNodeAtLocation(tree, ['steps'])?.children ?? [];
  return [tree, ...steps].flatMap((node) => PATH_KEYS.flatMap((key) => stringAt(node, [key]) ?? []));
}

function parse(text: string): Node | undefined {
  try {
    return parseTree(text, [], { allowTrailingComma: true });
  } catch (error) {
    // The parser recurses, so thousands of brackets exhaust the stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function stringAt(node: Node, path: string[]): string | undefined {
  const value: unknown = findNodeAtLocation(node, path)?.value;
  return typeof value === 'string' ? value : undefined;
}
