import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { GraphModel } from '../../../src/host/graph/graphModel';
import { openSource } from '../../../src/host/graph/openSource';
import { CommandId, SettingId } from '../../../src/host/ids';
import { findPython } from '../../fixtures/python/findPython';
import { eventually, extension, workspaceFile } from './extension';

const SCRIPT = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        x = self.conv(x).relu()
        return self.fc(x.mean((2, 3)))


def train(loader):
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    divergence = nn.KLDivLoss()
    for epoch in range(10):
        for x, y in loader:
            logits = model(x)
            loss = nn.functional.cross_entropy(logits, y)
            loss.backward()
            optimizer.step()
    torch.onnx.export(model, torch.zeros(1, 1, 8, 8), "digits.onnx", opset_version=11)
`;

const TRAINER = `from transformers import AutoModelForSequenceClassification, Trainer

model = AutoModelForSequenceClassification.from_pretrained("bert-tiny")
trainer = Trainer(model=model, train_dataset=[])
trainer.train()
`;

const uri = (): vscode.Uri => workspaceFile('train.py');

async function open(text = SCRIPT): Promise<vscode.TextDocument> {
  await vscode.workspace.fs.writeFile(uri(), new TextEncoder().encode(text));
  const document = await vscode.workspace.openTextDocument(uri());
  // What an earlier test had open may be kept until the file on disk is noticed.
  await eventually(() => (document.getText() === text ? true : undefined));
  await vscode.window.showTextDocument(document);
  await extension().activate();
  return document;
}

async function lenses(): Promise<[line: number, title: string][]> {
  const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri());
  return found
    .filter(({ command }) => command?.command.startsWith('onnxPress.'))
    .map(({ range, command }): [number, string] => [range.start.line + 1, command?.title ?? '']);
}

function rules(): string[] {
  return vscode.languages.getDiagnostics(uri()).map(({ code }) => (typeof code === 'object' ? String(code.value) : ''));
}

/** Accepts the question of a command until it has ended; before the question is asked there is nothing to accept. */
async function accepted(inserting: Thenable<boolean>): Promise<boolean> {
  let isDone = false;
  void inserting.then(() => (isDone = true));
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    await vscode.commands.executeCommand('notification.acceptPrimaryAction');
  }
  return inserting;
}

/** The text after one undo. An editor that has no focus yet does not take the command, so it is given until it does. */
async function undone(document: vscode.TextDocument): Promise<string> {
  const before = document.getText();
  while (document.getText() === before) {
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('undo');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return document.getText();
}

describe('training scripts', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const name of ['train.py', 'Net.onnx', 'press_distillation.py', 'press_quantization.py']) {
      await vscode.workspace.fs.delete(workspaceFile(name)).then(undefined, () => undefined);
    }
    for (const id of [SettingId.scriptsCodeLens, SettingId.scriptsDisabledRules]) {
      await vscode.workspace.getConfiguration().update(id, undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  it('have lenses above model, loop and export, which know the file that is written', async () => {
    await open();
    assert.deepEqual(await lenses(), [
      [5, 'Export to ONNX and open'],
      [5, 'Export and quantize'],
      [18, 'Fine-tune in ONNX Press instead'],
      [20, 'Add pruning schedule'],
      [20, 'Add distillation'],
      [20, 'Make quantization-aware'],
      [26, 'Open graph'],
      [26, 'Quantize'],
      [26, 'Compare with last run'],
    ]);
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri());
    const digits = String(workspaceFile('digits.onnx'));
    for (const id of [CommandId.openGraph, CommandId.fineTuneModel]) {
      const [model] = found.find(({ command }) => command?.command === id)?.command?.arguments ?? [];
      assert.equal(String(model), digits, id);
    }
  });

  it('offer to train the class that they define while there is no file of it', async () => {
    await open(SCRIPT.replace('"digits.onnx"', '"later.onnx"'));
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri());
    const lens = found.find(({ command }) => command?.title === 'Fine-tune in ONNX Press instead');
    assert.deepEqual(
      [lens?.command?.command, lens?.command?.arguments?.map(String)],
      [CommandId.exportAndFineTune, [String(uri()), 'Net']],
    );
  });

  it('have none when the setting, or their own comment, switches them off', async () => {
    await open();
    const configuration = vscode.workspace.getConfiguration();
    await configuration.update(SettingId.scriptsCodeLens, false, vscode.ConfigurationTarget.Workspace);
    assert.deepEqual(await lenses(), []);
    await configuration.update(SettingId.scriptsCodeLens, undefined, vscode.ConfigurationTarget.Workspace);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(uri(), new vscode.Position(0, 0), '# onnx-press: off\n');
    await vscode.workspace.applyEdit(edit);
    assert.deepEqual(await lenses(), []);
  });

  it('show the known traps, which a quick fix takes away and one undo brings back', async () => {
    const document = await open();
    const expected = ['kldiv-batchmean', 'export-in-train-mode', 'export-fixed-batch', 'export-old-opset'];
    await eventually(() => (rules().length === expected.length ? true : undefined));
    assert.deepEqual(rules(), expected);
    const [diagnostic] = vscode.languages.getDiagnostics(uri());
    assert.ok(diagnostic);
    const found = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      uri(),
      diagnostic.range,
    );
    const fix = found.find(({ title }) => title === 'Set reduction="batchmean"');
    assert.ok(fix?.edit);
    await vscode.workspace.applyEdit(fix.edit);
    assert.match(document.getText(), /KLDivLoss\(reduction="batchmean"\)/);
    await eventually(() => (rules().includes('kldiv-batchmean') ? undefined : true));
    assert.equal(await undone(document), SCRIPT);
  });

  it('lose the warnings of a rule that is switched off', async () => {
    await open();
    await eventually(() => (rules().includes('export-old-opset') ? true : undefined));
    await vscode.commands.executeCommand(CommandId.disableRule, 'export-old-opset', uri());
    await eventually(() => (rules().includes('export-old-opset') ? undefined : true));
    assert.ok(rules().includes('kldiv-batchmean'));
  });

  it('are exported by the Python of the workspace, and the graph is opened', async () => {
    const python = findPython(['torch']);
    assert.ok(python, 'No Python with PyTorch: install python3-torch, or name one in ONNX_PRESS_PYTHON.');
    await open();
    const configuration = vscode.workspace.getConfiguration();
    await configuration.update(SettingId.python, python, vscode.ConfigurationTarget.Workspace);
    const model = await vscode.commands.executeCommand<vscode.Uri | undefined>(CommandId.exportAndOpen, uri(), 'Net', {
      arguments: '',
      inputs: '1x1x8x8',
    });
    await configuration.update(SettingId.python, undefined, vscode.ConfigurationTarget.Workspace);
    assert.equal(model?.fsPath, workspaceFile('Net.onnx').fsPath);
    const graph = await eventually(() => extension().exports.graphs()[0]?.frame);
    assert.ok(graph.nodeCount >= 4, `${graph.nodeCount} nodes`);
  });

  it('get code that is shown before it is written, with its helper, and one undo takes it back', async () => {
    const document = await open();
    const inserting = vscode.commands.executeCommand<boolean>(CommandId.addDistillation, uri(), 19);
    assert.equal(document.getText(), SCRIPT);
    assert.equal(await accepted(inserting), true);
    assert.match(document.getText(), /^ {12}loss = distil\(loss, logits, x\)$/m);
    const helper = await vscode.workspace.fs.readFile(workspaceFile('press_distillation.py'));
    assert.match(new TextDecoder().decode(helper), /reduction="batchmean"/);
    assert.equal(await undone(document), SCRIPT);
  });

  it('make a Trainer quantization-aware: shown, written with its helper, and taken back by one undo', async () => {
    const document = await open(TRAINER);
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri());
    const command = found.find((lens) => lens.command?.command === CommandId.makeQuantizationAware)?.command;
    assert.deepEqual(await lenses().then((all) => all.filter(([, title]) => title === command?.title)), [
      [4, 'Make quantization-aware'],
    ]);
    const args: unknown[] = command?.arguments ?? [];
    const inserting = vscode.commands.executeCommand<boolean>(CommandId.makeQuantizationAware, ...args);
    const diff = await eventually(() =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .map(({ input }) => input)
        .find((input) => input instanceof vscode.TabInputTextDiff),
    );
    const shown = (await vscode.workspace.openTextDocument(diff.modified)).getText();
    assert.match(shown, /callbacks=\[QuantizationAwareCallback\(\)\]/);
    assert.equal(document.getText(), TRAINER);
    assert.equal(await accepted(inserting), true);
    assert.equal(document.getText(), shown);
    const helper = await vscode.workspace.fs.readFile(workspaceFile('press_quantization.py'));
    assert.match(new TextDecoder().decode(helper), /class QuantizationAwareCallback\(TrainerCallback\)/);
    assert.equal(await undone(document), TRAINER);
  });

  it('are opened at the line that made a node, and no file outside of the workspace is', async () => {
    await open();
    const nodes = [
      { source: { file: uri().fsPath, line: 12 } },
      { source: { file: '/somewhere/else/train.py', line: 13 } },
      { source: { file: '/etc/passwd', line: 1 } },
      {},
    ];
    // Only the graph is read of the model.
    const model = { document: Promise.resolve({ graphs: [{ nodes }] }) } as unknown as GraphModel;
    const opened = async (node: number): Promise<number | undefined> =>
      (await openSource(model, { graph: 0, node }))
        ? (vscode.window.activeTextEditor?.selection.active.line ?? 0) + 1
        : undefined;
    assert.deepEqual(
      [await opened(0), await opened(1), await opened(2), await opened(3)],
      [12, 13, undefined, undefined],
    );
  });
});
