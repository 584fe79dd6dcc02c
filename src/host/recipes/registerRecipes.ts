import { basename } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import type { RecipeResult } from '../../protocol';
import { CommandId, EditorId } from '../ids';
import { resolveFile } from '../modelFiles';
import { showError } from '../notify';
import { runWithProgress } from '../runWithProgress';
import type { Services } from '../services';
import { newRecipe } from './newRecipe';
import { RecipeFormEditor } from './recipeForm';
import { RECIPE_SELECTOR, RecipeLenses } from './recipeLenses';
import { lastReport } from './recipeResults';
import { registerRecipeTasks } from './recipeTasks';
import { runRecipeFile } from './runRecipeFile';

/** What a code lens, a key binding or another extension may pass on top of the file. */
const RUN_OPTIONS = z.object({ from: z.string().min(1).max(100) });

/**
 * Registers all that belongs to recipes: code lenses, the form, tasks and commands.
 * *Run Recipe* is `executeCommand(id, uri?, { from }?)` and resolves with the result.
 */
export function registerRecipes(services: Services): void {
  const onRecipe =
    (work: (uri: vscode.Uri, options: unknown) => Promise<unknown>) =>
    async (argument: unknown, options: unknown): Promise<unknown> => {
      const uri = await resolveRecipe(argument);
      if (uri === undefined) return undefined;
      try {
        return await work(uri, options);
      } catch (error) {
        showError(services, error, uri.fsPath);
        return undefined;
      }
    };
  services.context.subscriptions.push(
    vscode.languages.registerCodeLensProvider(RECIPE_SELECTOR, new RecipeLenses()),
    vscode.window.registerCustomEditorProvider(EditorId.recipeForm, new RecipeFormEditor(services)),
    vscode.commands.registerCommand(
      CommandId.runRecipe,
      onRecipe(async (uri, options) => {
        const { from } = RUN_OPTIONS.safeParse(options).data ?? {};
        const result = await runRecipeFile(
          services,
          { uri, ...(from === undefined ? {} : { from }) },
          (title, work, care) => runWithProgress(services, title, work, care),
        );
        if (result !== undefined) void offerResult(result);
        return result;
      }),
    ),
    vscode.commands.registerCommand(CommandId.compareRecipe, onRecipe(showLastReport)),
    vscode.commands.registerCommand(
      CommandId.openRecipeForm,
      onRecipe((uri) =>
        Promise.resolve(
          vscode.commands.executeCommand('vscode.openWith', uri, EditorId.recipeForm, vscode.ViewColumn.Beside),
        ),
      ),
    ),
    vscode.commands.registerCommand(CommandId.newRecipe, async (argument: unknown) => {
      try {
        return await newRecipe(services, argument);
      } catch (error) {
        showError(services, error, argument instanceof vscode.Uri ? argument.fsPath : '');
        return undefined;
      }
    }),
  );
  registerRecipeTasks(services);
}

function resolveRecipe(argument: unknown): Promise<vscode.Uri | undefined> {
  return resolveFile(argument, {
    ending: '.press.json',
    placeHolder: vscode.l10n.t('Choose a recipe'),
    none: vscode.l10n.t('There is no recipe in this workspace. Make one with New Recipe.'),
  });
}

/** Shows the report of the last run of a recipe: its targets, its steps and the comparison with the original. */
async function showLastReport(uri: vscode.Uri): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const report = await lastReport(document.getText(), uri.fsPath);
  if (report === undefined) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} was not run yet, so there is nothing to compare.', basename(uri.fsPath)),
    );
    return;
  }
  await vscode.commands.executeCommand(CommandId.showReport, vscode.Uri.file(report));
}

/** Says whether the targets are met, with what can be done next. */
async function offerResult({ report, reportPath }: RecipeResult): Promise<void> {
  const name = basename(report.output.path);
  const missed = report.targets.filter(({ isMet }) => !isMet);
  const show = vscode.l10n.t('Show Report');
  const compare = vscode.l10n.t('Compare');
  const choice =
    missed.length === 0
      ? await vscode.window.showInformationMessage(
          report.targets.length === 0
            ? vscode.l10n.t('{0} is ready.', name)
            : vscode.l10n.t('{0} is ready and meets every target.', name),
          show,
          compare,
        )
      : await vscode.window.showWarningMessage(
          vscode.l10n.t(
            '{0} is ready but misses {1} of {2} targets: {3}',
            name,
            missed.length,
            report.targets.length,
            missed.map(({ key }) => key).join(', '),
          ),
          show,
          compare,
        );
  const command = choice === show ? CommandId.showReport : choice === compare ? CommandId.compareModels : undefined;
  if (command !== undefined) await vscode.commands.executeCommand(command, vscode.Uri.file(reportPath));
}
