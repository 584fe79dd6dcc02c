import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { CommandId, ContextKey } from '../../../src/host/ids';
import { extension } from './extension';

describe('Create Sample Workspace', () => {
  const parent = mkdtempSync(join(tmpdir(), 'onnx-press-suite-'));
  after(() => rmSync(parent, { recursive: true, force: true }));

  it('copies the sample into the folder and opens it in a new window beside this one', async () => {
    const opened = await openedFolders(() =>
      vscode.commands.executeCommand(CommandId.createSampleWorkspace, vscode.Uri.file(parent)),
    );
    const folder = join(parent, 'onnx-press-sample');
    assert.deepEqual(opened, [{ folder, forceNewWindow: true }]);
    assert.ok(existsSync(join(folder, 'digits.onnx')));
    assert.ok(existsSync(join(folder, 'data', 'calibration-images.idx3-ubyte')));
  });

  it('makes another one when asked again', async () => {
    await openedFolders(() => vscode.commands.executeCommand(CommandId.createSampleWorkspace, vscode.Uri.file(parent)));
    assert.deepEqual(readdirSync(parent).sort(), ['onnx-press-sample', 'onnx-press-sample-2']);
  });

  it('opens nothing when the folder is not there', async () => {
    const gone = vscode.Uri.file(join(parent, 'gone'));
    const opened = await openedFolders(() => vscode.commands.executeCommand(CommandId.createSampleWorkspace, gone));
    assert.deepEqual(opened, []);
  });
});

describe('the walkthrough', () => {
  it('completes its steps by what was done, and offers commands that exist', async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    // VS Code validated it against the same shape.
    const { contributes } = extension().packageJSON as Manifest;
    const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    assert.deepEqual(steps.map(({ id }) => id).slice(0, 4), ['sample', 'quantize', 'graph', 'compare']);
    for (const { completionEvents, description } of steps) {
      const keys = completionEvents.map((event) => event.replace(/^onContext:/, ''));
      assert.equal(keys.length, 1);
      assert.ok(Object.values<string>(ContextKey).includes(keys[0] ?? ''), keys[0]);
      for (const [, command = ''] of description.matchAll(/\(command:([\w.]+)\)/g))
        assert.ok(known.has(command), command);
    }
  });
});

interface Manifest {
  readonly contributes: {
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly id: string;
        readonly description: string;
        readonly completionEvents: string[];
      }[];
    }[];
  };
}

/** The folders that are opened meanwhile; opening one for real would end the test's window. */
async function openedFolders(work: () => Thenable<unknown>): Promise<unknown[]> {
  const original = vscode.commands.executeCommand;
  const opened: unknown[] = [];
  vscode.commands.executeCommand = ((id: string, ...args: unknown[]) => {
    if (id !== 'vscode.openFolder') return original(id, ...args);
    const [uri, options] = args as [vscode.Uri, { forceNewWindow: boolean }];
    opened.push({ folder: uri.fsPath, forceNewWindow: options.forceNewWindow });
    return Promise.resolve();
  }) as typeof vscode.commands.executeCommand;
  try {
    await work();
  } finally {
    vscode.commands.executeCommand = original;
  }
  return opened;
}
