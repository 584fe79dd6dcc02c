import { findNodeAtLocation, modify, parseTree, type Edit, type Node } from 'jsonc-parser';
import type { RecipeFormRequest, RecipePath } from '../../protocol';

/** The requests of the form that change the text. */
export type RecipeEdit = Extract<RecipeFormRequest, { type: 'set' | 'addStep' | 'removeStep' | 'swapSteps' }>;

/** What a step of a kind cannot be without. */
const FIRST_SETTINGS: Readonly<Record<string, object>> = {
  quantize: { mode: 'static' },
  prune: { method: 'channel' },
};

/** The edits of a recipe's text that a change in the form comes to; comments and layout of the rest stay. */
export function recipeEdits(text: string, edit: RecipeEdit, eol: string): Edit[] {
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol };
  const tree = parseTree(text, [], { allowTrailingComma: true });
  if (tree === undefined) return [];
  switch (edit.type) {
    case 'set': {
      const value: unknown = edit.value ?? undefined;
      const path = value === undefined ? emptiedPath(tree, edit.path) : edit.path;
      if (value === undefined && findNodeAtLocation(tree, [...path]) === undefined) return [];
      return modify(text, [...path], value, { formattingOptions });
    }
    case 'addStep': {
      const count = stepsOf(tree).length;
      const step = { kind: edit.kind, ...FIRST_SETTINGS[edit.kind] };
      return modify(text, ['steps', count], step, { formattingOptions, isArrayInsertion: true });
    }
    case 'removeStep':
      if (stepsOf(tree)[edit.index] === undefined) return [];
      return modify(text, ['steps', edit.index], undefined, { formattingOptions });
    case 'swapSteps': {
      const [first, second] = stepsOf(tree).slice(edit.index, edit.index + 2);
      if (first === undefined || second === undefined) return [];
      const content = ({ offset, length }: Node): string => text.slice(offset, offset + length);
      return [
        { offset: first.offset, length: first.length, content: content(second) },
        { offset: second.offset, length: second.length, content: content(first) },
      ];
    }
  }
}

function stepsOf(tree: Node): readonly Node[] {
  return findNodeAtLocation(tree, ['steps'])?.children ?? [];
}

/** What goes when a key goes: an object of targets without a target has no place in a recipe. */
function emptiedPath(tree: Node, path: RecipePath): RecipePath {
  const [root] = path;
  const parent = path.slice(0, -1);
  if (root !== 'targets' || parent.length === 0) return path;
  const isLast = findNodeAtLocation(tree, [...parent])?.children?.length === 1;
  return isLast ? emptiedPath(tree, parent) : path;
}
