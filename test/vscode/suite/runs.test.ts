import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { CommandId, ViewType } from '../../../src/host/ids';
import { findRuns, type Run } from '../../../src/host/runs/findRuns';
import { eventually, extension, quantizeSample, removeOutputs, replaced, workspaceFile } from './extension';

describe('the runs view', () => {
  before(async () => {
    await removeOutputs().catch(() => undefined);
    assert.ok(await quantizeSample('balanced'), 'The first run failed; see the log.');
    assert.ok(await quantizeSample('fp16'), 'The second run failed; see the log.');
  });
  after(() => removeOutputs());

  it('lists every run with its figures', async () => {
    const runs = await findRuns();
    assert.deepEqual(
      runs.map(({ label, hasModel, figures }) => [label, hasModel, figures.isAgreement]),
      [
        ['digits.fp16.onnx', true, false],
        ['digits.int8.onnx', true, false],
      ],
    );
    for (const { figures } of runs) assert.ok((figures.quality ?? 0) > 0.9, `${figures.quality}`);
  });

  it('evaluates a run again and shows the comparison', async () => {
    await vscode.commands.executeCommand(CommandId.evaluateRun, await runOf('digits.int8.onnx'));
    assert.deepEqual(await comparisons(), ['digits.int8-digits.comparison.json']);
    const viewType = await eventually(() => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputWebview ? input.viewType : undefined;
    });
    assert.ok(viewType.endsWith(ViewType.comparison), viewType);
  });

  it('compares two runs with each other, on the data that they were measured on', async () => {
    const both = await findRuns();
    await vscode.commands.executeCommand(CommandId.compareRuns, both[0], both);
    const kept = await comparisons();
    assert.ok(
      kept.some((name) => /^digits\.(int8-digits\.fp16|fp16-digits\.int8)\.comparison\.json$/.test(name)),
      kept.join(),
    );
  });

  it('repeats a run under a new name with the same bytes', async () => {
    const first = await runOf('digits.int8.onnx');
    await vscode.commands.executeCommand(CommandId.repeatRun, first);
    const again = await runOf('digits.int8-2.onnx');
    const bytes = (run: Run) => vscode.workspace.fs.readFile(vscode.Uri.file(run.output));
    assert.deepEqual(await bytes(again), await bytes(first));
  });

  it('lists a run whose report is gone, and evaluates it again', async () => {
    const { found } = await runOf('digits.int8-2.onnx');
    assert.ok(found);
    await vscode.workspace.fs.delete(vscode.Uri.file(found.path));
    const bare = await runOf('digits.int8-2.onnx');
    const { found: gone, mode, hasModel, figures } = bare;
    assert.deepEqual([gone, mode, hasModel, figures.quality], [undefined, 'static', true, undefined]);
    assert.equal(figures.sizeBytes, found.report.output.sizeBytes);
    await vscode.commands.executeCommand(CommandId.evaluateRun, bare);
    assert.ok((await comparisons()).includes('digits.int8-2-digits.comparison.json'));
    const { quality = 0, isAgreement } = (await runOf('digits.int8-2.onnx')).figures;
    assert.ok(quality > 0.9 && !isAgreement, `${quality}`);
  });

  it('deletes a run only when a person says so', async () => {
    const run = await runOf('digits.int8-2.onnx');
    const questions: string[] = [];
    const declined = (question: string) => Promise.resolve(void questions.push(question));
    await replaced(vscode.window, 'showWarningMessage', declined as typeof vscode.window.showWarningMessage, () =>
      vscode.commands.executeCommand(CommandId.deleteRun, run),
    );
    assert.equal(questions.length, 1);
    assert.ok(questions[0]?.includes(run.label), questions[0]);
    assert.equal((await findRuns()).length, 3);
    const accepted = (_question: string, _options: unknown, ...buttons: string[]) => Promise.resolve(buttons[0]);
    await replaced(vscode.window, 'showWarningMessage', accepted as typeof vscode.window.showWarningMessage, () =>
      vscode.commands.executeCommand(CommandId.deleteRun, run),
    );
    assert.deepEqual(
      (await findRuns()).map(({ label }) => label),
      ['digits.fp16.onnx', 'digits.int8.onnx'],
    );
    for (const path of [run.output, run.recipe])
      await assert.rejects(async () => vscode.workspace.fs.stat(vscode.Uri.file(path)));
  });
});

describe('the running job in the status bar', () => {
  after(() => removeOutputs());

  it('is cancelled by a click on it', async () => {
    const run = quantizeSample('balanced');
    await eventually(() => (extension().exports.engines().runner.isBusy ? true : undefined));
    const cancel = async (items: readonly vscode.QuickPickItem[] | Thenable<readonly vscode.QuickPickItem[]>) =>
      (await items).find(({ label }) => label.includes('$(close)'));
    await replaced(vscode.window, 'showQuickPick', cancel as unknown as typeof vscode.window.showQuickPick, () =>
      vscode.commands.executeCommand(CommandId.showJob),
    );
    assert.equal(await run, undefined);
    assert.deepEqual(await findRuns(), []);
  });
});

async function runOf(label: string): Promise<Run> {
  const runs = await findRuns();
  const run = runs.find((each) => each.label === label);
  assert.ok(run, `There is no ${label} among ${runs.map((each) => each.label).join()}.`);
  return run;
}

async function comparisons(): Promise<string[]> {
  const entries = await vscode.workspace.fs.readDirectory(workspaceFile('.onnx-press/comparisons'));
  return entries.map(([name]) => name).sort();
}
