import assert from 'node:assert/strict';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { CommandId, EditorId, TaskId, ViewType } from '../../../src/host/ids';
import type { RecipeResult } from '../../../src/protocol';
import { RECIPE_TEXTS } from '../../../src/protocol/recipeTexts';
import { eventually, removeOutputs, workspaceFile } from './extension';

const NAME = 'digits.half.press.json';

/** A recipe whose first targets are met and whose last cannot be. */
const RECIPE = `{
  // half the size
  "format": "onnx-press-recipe",
  "version": 2,
  "model": "digits.onnx",
  "data": "digits-evaluation.dataset.json",
  "steps": [
    { "kind": "normalise" },
    { "kind": "quantize", "mode": "fp16" },
  ],
  "targets": {
    "accuracy": { "lossPointsAtMost": 1 },
    "size": { "ratioAtMost": 0.01 },
  },
}
`;

describe('recipes', () => {
  const uri = workspaceFile(NAME);

  before(async () => {
    await removeOutputs().catch(() => undefined);
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(RECIPE));
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.workspace.fs.delete(uri);
    await removeOutputs();
  });

  it('are JSON with comments, with lenses to run and compare', async () => {
    const document = await vscode.workspace.openTextDocument(uri);
    assert.equal(document.languageId, 'jsonc');
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri);
    assert.deepEqual(
      lenses.map(({ range, command }) => [range.start.line, command?.command, command?.arguments?.[1]]),
      [
        [0, CommandId.runRecipe, undefined],
        [0, CommandId.compareRecipe, undefined],
        [0, CommandId.openRecipeForm, undefined],
        [8, CommandId.runRecipe, { from: '2' }],
      ],
    );
  });

  it('are checked and explained by the schema', async () => {
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const position = document.positionAt(RECIPE.indexOf('"mode"') + 2);
    for (let text = ''; !text.includes(RECIPE_TEXTS['quantize.mode'].slice(0, 40));) {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, position);
      const contents = hovers.flatMap((hover) => hover.contents);
      text = contents.map((content) => (typeof content === 'string' ? content : content.value)).join('\n');
    }
    assert.deepEqual(
      vscode.languages.getDiagnostics(uri).map(({ message }) => message),
      [],
    );
  });

  it('run, and run from a step on without those before', async () => {
    const first = await vscode.commands.executeCommand<RecipeResult>(CommandId.runRecipe, uri);
    assert.equal(basename(first.outputPath), 'digits.half.onnx');
    assert.deepEqual(
      first.report.targets.map(({ key, isMet }) => [key, isMet]),
      [
        ['accuracy.lossPointsAtMost', true],
        ['size.ratioAtMost', false],
      ],
    );
    const again = await vscode.commands.executeCommand<RecipeResult>(CommandId.runRecipe, uri, { from: '2' });
    assert.equal(again.outputPath, first.outputPath);
    assert.deepEqual(
      again.report.steps.map(({ state }) => state),
      ['unchanged', 'ran'],
    );
  });

  it('show the report of the last run: from the lens, and from its file as the runs view does', async () => {
    const result = await vscode.commands.executeCommand<RecipeResult | undefined>(CommandId.runRecipe, uri);
    assert.ok(result, 'The recipe was not run; see the log.');
    for (const [command, file] of [
      [CommandId.compareRecipe, uri],
      [CommandId.showReport, vscode.Uri.file(result.reportPath)],
    ] as const) {
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await vscode.commands.executeCommand(command, file);
      const viewType = await eventually(() => {
        const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        return input instanceof vscode.TabInputWebview ? input.viewType : undefined;
      });
      assert.ok(viewType.endsWith(ViewType.report), viewType);
    }
  });

  it('run as a task, which fails and names the line of the target that is missed', async () => {
    const tasks = await vscode.tasks.fetchTasks({ type: TaskId.recipe });
    const task = tasks.find(({ name }) => name === NAME);
    assert.ok(task, tasks.map(({ name }) => name).join());
    const ended = new Promise<number | undefined>((resolve) => {
      const subscription = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
        if (execution.task.name !== NAME) return;
        subscription.dispose();
        resolve(exitCode);
      });
    });
    await vscode.tasks.executeTask(task);
    assert.equal(await ended, 1);
    const problem = await eventually(() =>
      vscode.languages.getDiagnostics(uri).find(({ source, message }) => source === undefined || /Size/.test(message)),
    );
    assert.match(problem.message, /Size against the original/);
    assert.equal(
      problem.range.start.line,
      RECIPE.split('\n').findIndex((line) => line.includes('ratioAtMost')),
    );
  });

  it('open as a form beside the text', async () => {
    await vscode.commands.executeCommand(CommandId.openRecipeForm, uri);
    const viewType = await eventually(() => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputCustom ? input.viewType : undefined;
    });
    assert.equal(viewType, EditorId.recipeForm);
  });
});
