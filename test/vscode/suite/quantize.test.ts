import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { CommandId, ViewType } from '../../../src/host/ids';
import type { QuantizeReport } from '../../../src/protocol';
import { eventually, extension, quantizeSample, workspaceFile } from './extension';

describe('Quantize Model', () => {
  it('writes a smaller model and its report beside the original', async () => {
    const original = await vscode.workspace.fs.readFile(workspaceFile('digits.onnx'));
    const result = await quantizeSample('balanced');
    assert.ok(result, 'The run failed; see the log.');
    assert.equal(result.outputPath, workspaceFile('digits.int8.onnx').fsPath);
    const output = await vscode.workspace.fs.stat(vscode.Uri.file(result.outputPath));
    assert.ok(output.size < 0.5 * original.length, `${output.size} bytes after ${original.length}`);
    const report = await readReport(result.reportPath);
    assert.equal(report.output.sizeBytes, output.size);
    assert.equal(report.accuracy?.before.count, 1000);
    assert.ok(Math.abs(report.accuracy.changePoints) <= 1, `${report.accuracy.changePoints} points`);
    assert.deepEqual(await vscode.workspace.fs.readFile(workspaceFile('digits.onnx')), original);
  });

  it('does not overwrite the output of an earlier run', async () => {
    const [first, second] = [await quantizeSample('fp16'), await quantizeSample('fp16')];
    assert.ok(first && second, 'A run failed; see the log.');
    assert.notEqual(first.outputPath, second.outputPath);
    await vscode.workspace.fs.stat(vscode.Uri.file(first.outputPath));
    await vscode.workspace.fs.stat(vscode.Uri.file(second.outputPath));
  });

  it('stores convolutions with weights only when asked, and refuses a model of nothing else otherwise', async () => {
    assert.equal(await quantizeSample('weights'), undefined);
    const result = await quantizeSample('weights', true);
    assert.ok(result, 'The run failed; see the log.');
    assert.ok(result.report.output.sizeBytes < 0.35 * result.report.source.sizeBytes);
  });

  it('opens the report in a panel of its own', async () => {
    const [report] = await vscode.workspace.findFiles('*.report.json');
    assert.ok(report, 'No report was written.');
    await vscode.commands.executeCommand(CommandId.showReport, report);
    // The tab model follows the panel a moment later.
    const viewType = await eventually(() => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputWebview ? input.viewType : undefined;
    });
    assert.ok(viewType.endsWith(ViewType.report), viewType);
  });
});

describe('Inspect Model', () => {
  it('shows the operators of a model as text', async () => {
    await vscode.commands.executeCommand(CommandId.inspect, workspaceFile('digits.onnx'));
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /Conv/);
  });
});

describe('the engine', () => {
  it('is started again for the request after a crash', async () => {
    const { exports } = extension();
    const run = quantizeSample('balanced');
    const pid = await busyEngine();
    process.kill(pid, 'SIGKILL');
    assert.equal(await run, undefined);
    const next = await quantizeSample('balanced');
    assert.ok(next, 'The run after the crash failed; see the log.');
    assert.notEqual(exports.engines().runner.pid, pid);
  });

  it('leaves no file behind when it crashes', async () => {
    const files = async (): Promise<string[]> =>
      (await vscode.workspace.fs.readDirectory(workspaceFile('.'))).map(([name]) => name).sort();
    const before = await files();
    await vscode.commands.executeCommand(CommandId.restartEngine);
    const run = quantizeSample('balanced');
    const pid = await busyEngine();
    process.kill(pid, 'SIGKILL');
    assert.equal(await run, undefined);
    assert.deepEqual(await files(), before);
  });

  it('stops a run that is cancelled within a second', async () => {
    // The results of earlier runs offer actions too.
    await vscode.commands.executeCommand('notifications.clearAll');
    let isOver = false;
    const run = Promise.resolve(quantizeSample('balanced')).finally(() => (isOver = true));
    await busyEngine();
    const start = Date.now();
    // The primary action of a progress notification is Cancel; the notification appears a moment after the run began.
    while (!isOver) {
      await vscode.commands.executeCommand('notifications.focusToasts');
      await vscode.commands.executeCommand('notification.acceptPrimaryAction');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(await run, undefined);
    assert.ok(Date.now() - start < 1500, `${Date.now() - start} ms`);
  });
});

/** The process id of the engine that runs models, once it works on a request: it may run without work before. */
function busyEngine(): Promise<number> {
  const { exports } = extension();
  return eventually(() => {
    const { isBusy, pid } = exports.engines().runner;
    return isBusy ? pid : undefined;
  });
}

async function readReport(path: string): Promise<QuantizeReport> {
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(path));
  // The engine wrote it a moment ago.
  return JSON.parse(new TextDecoder().decode(bytes)) as QuantizeReport;
}
