import { basename, dirname, join, resolve } from 'node:path';
import { Range, Uri, workspace, WorkspaceEdit } from 'vscode';
import { fileError, freshPath } from '../../util/files';
import { PressError } from '../../util/pressError';
import {
  changeRecipeList,
  type ListedStep,
  newRecipe,
  readRecipeLists,
  type RecipeList,
  type RecipeLists,
  STEP_OF_LIST,
} from './recipeEdits';

/** How the name of a recipe ends. */
export const RECIPE_ENDING = '.press.json';

/** A recipe of a model: where it is, and its text as it stands in the editor or else on disk. */
export interface ModelRecipe {
  readonly uri: Uri;
  readonly text: string;
  readonly lists: RecipeLists;
}

/**
 * The recipe of the model at `path` that has such a step: `<model>.press.json` beside it, else the first `*.press.json`
 * there that names it. Undefined when there is none.
 */
export async function findRecipe(path: string, step: ListedStep): Promise<ModelRecipe | undefined> {
  const folder = dirname(path);
  const entries = await workspace.fs.readDirectory(Uri.file(folder)).then(undefined, () => []);
  const own = basename(recipePathOf(path));
  const names = entries.map(([name]) => name).filter((name) => name.endsWith(RECIPE_ENDING));
  names.sort((a, b) => Number(b === own) - Number(a === own) || (a < b ? -1 : 1));
  for (const name of names) {
    const uri = Uri.file(join(folder, name));
    const text = await readText(uri);
    const lists = text === undefined ? undefined : readRecipeLists(text);
    if (text === undefined || lists?.places[step] === undefined) continue;
    if (resolve(folder, lists.model) === path) return { uri, text, lists };
  }
  return undefined;
}

/**
 * Puts nodes into a list of the model's recipe or takes them out, making the recipe where there is none.
 * The change can be undone in an editor that has the recipe open; it is saved unless the person had unsaved changes.
 * Returns the recipe, or undefined when there was nothing to change. Throws `file-access`.
 */
export async function changeModelRecipe(
  path: string,
  list: RecipeList,
  nodes: readonly string[],
  on: boolean,
): Promise<Uri | undefined> {
  const found = await findRecipe(path, STEP_OF_LIST[list]);
  if (found === undefined) return on ? createRecipe(path, list, nodes) : undefined;
  const text = changeRecipeList(found.text, list, nodes, on);
  if (text === found.text) return undefined;
  const document = await workspace.openTextDocument(found.uri);
  const hadUnsavedChanges = document.isDirty;
  const edit = new WorkspaceEdit();
  edit.replace(found.uri, new Range(document.positionAt(0), document.positionAt(document.getText().length)), text);
  const applied = await workspace.applyEdit(edit);
  if (!applied || (!hadUnsavedChanges && !(await document.save()))) {
    const { fsPath } = found.uri;
    throw new PressError('file-access', `${fsPath} cannot be changed.`, { path: fsPath });
  }
  return found.uri;
}

async function createRecipe(path: string, list: RecipeList, nodes: readonly string[]): Promise<Uri> {
  // A file of that name belongs to another model, has other steps or is none of ours: it stays as it is.
  const uri = Uri.file(freshPath(recipePathOf(path), RECIPE_ENDING));
  const text = changeRecipeList(newRecipe(basename(path), STEP_OF_LIST[list]), list, nodes, true);
  try {
    await workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  } catch (error) {
    throw fileError(uri.fsPath, error);
  }
  return uri;
}

function recipePathOf(path: string): string {
  return `${path.replace(/\.onnx$/i, '')}${RECIPE_ENDING}`;
}

async function readText(uri: Uri): Promise<string | undefined> {
  const open = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open !== undefined) return open.getText();
  return workspace.fs.readFile(uri).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => undefined,
  );
}
