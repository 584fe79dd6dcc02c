import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { CommandId, LivePanelId } from '../../../src/host/ids';
import type { PruneResult, TrainResult } from '../../../src/protocol';
import { eventually, extension, removeOutputs, replaced, workspaceFile } from './extension';

const data = (): { calibration: string; evaluation: string } => ({
  calibration: workspaceFile('digits-calibration.dataset.json').fsPath,
  evaluation: workspaceFile('digits-evaluation.dataset.json').fsPath,
});

describe('Prune Model, and training', () => {
  after(removeOutputs);

  it('takes channels out of the sample, and an epoch with the original as teacher brings accuracy back', async () => {
    const pruned = await vscode.commands.executeCommand<PruneResult | undefined>(
      CommandId.pruneModel,
      workspaceFile('digits.onnx'),
      { method: 'channel', amount: 0.5, data: data() },
    );
    assert.ok(pruned, 'The pruning failed; see the log.');
    const { macs, channels, accuracy } = pruned.report;
    assert.ok(macs.after < macs.before, `${macs.before} multiply-accumulates before, ${macs.after} after`);
    assert.ok(channels && channels.channelsAfter < channels.channelsBefore);

    const distilled = await vscode.commands.executeCommand<TrainResult | undefined>(
      CommandId.distilModel,
      vscode.Uri.file(pruned.outputPath),
      { teacher: workspaceFile('digits.onnx').fsPath, data: data(), epochs: 1 },
    );
    assert.ok(distilled, 'The training failed; see the log.');
    const { report } = distilled;
    assert.equal(report.history.length, 1);
    assert.equal(report.teacher, workspaceFile('digits.onnx').fsPath);
    assert.ok(accuracy && report.accuracy);
    assert.ok(
      report.accuracy.after.value >= accuracy.after.value,
      `${accuracy.after.value} after pruning, ${report.accuracy.after.value} after training`,
    );
    assert.ok(isOpen(LivePanelId.training), 'The training panel is not open.');
    for (const { reportPath } of [pruned, distilled]) {
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await vscode.commands.executeCommand(CommandId.showReport, vscode.Uri.file(reportPath));
      await eventually(() => isOpen('onnxPress.report') || undefined);
    }
  });

  it('ends a training that is cancelled at once and leaves no model behind', async () => {
    const before = await models();
    const training = vscode.commands.executeCommand(CommandId.fineTuneModel, workspaceFile('digits.onnx'), {
      data: data(),
      epochs: 1000,
    });
    await eventually(() => extension().exports.engines().runner.isBusy || undefined);
    const asked = await cancelJob();
    assert.equal(await training, undefined);
    assert.ok(asked > 0 && Date.now() - asked < 1500, `${Date.now() - asked} ms`);
    assert.deepEqual(await models(), before);
  });

  it('goes on with a training that was cancelled, from where it was, as it was asked for', async () => {
    const epochs = 6;
    const checkpoint = await nextCheckpoint();
    const training = vscode.commands.executeCommand(CommandId.fineTuneModel, workspaceFile('digits.onnx'), {
      data: data(),
      epochs,
    });
    // It is written when the first epoch has ended.
    await eventually(() => existsSync(checkpoint) || undefined);
    await cancelJob();
    assert.equal(await training, undefined);
    const result = await vscode.commands.executeCommand<TrainResult | undefined>(
      CommandId.fineTuneModel,
      workspaceFile('digits.onnx'),
      'goOn',
    );
    assert.ok(result, 'The training did not go on; see the log.');
    assert.deepEqual(
      result.report.history.map(({ epoch }) => epoch),
      Array.from({ length: epochs }, (_, i) => i + 1),
    );
    assert.ok(!existsSync(checkpoint), 'The checkpoint is still there.');
  });
});

/** Cancels what the status bar shows, and says when. */
async function cancelJob(): Promise<number> {
  let asked = 0;
  // The item of the status bar offers the training, the log and to cancel.
  const cancel = async (items: readonly unknown[]): Promise<unknown> => {
    asked = Date.now();
    return items.at(-1);
  };
  await replaced(vscode.window, 'showQuickPick', cancel as typeof vscode.window.showQuickPick, () =>
    vscode.commands.executeCommand(CommandId.showJob),
  );
  return asked;
}

/** Where the checkpoint of the next fine-tuning of the sample will lie: a name that no earlier one has. */
async function nextCheckpoint(): Promise<string> {
  const found = await vscode.workspace.findFiles('.onnx-press/digits.trained*.checkpoint', null);
  const name = found.length === 0 ? 'digits.trained' : `digits.trained-${found.length + 1}`;
  return workspaceFile(`.onnx-press/${name}.checkpoint`).fsPath;
}

function isOpen(viewType: string): boolean {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.some(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(viewType));
}

async function models(): Promise<string[]> {
  const files = await vscode.workspace.findFiles('*.onnx');
  return files.map(({ path }) => path).sort();
}
