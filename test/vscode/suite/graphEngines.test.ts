import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { OpenGraphPanel } from '../../../src/extension';
import { CommandId } from '../../../src/host/ids';
import { eventually, extension, quantizeSample, removeOutputs, workspaceFile } from './extension';

const MODEL = 'digits.onnx';

describe('a graph beside the engine that runs models', () => {
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));
  after(removeOutputs);

  it('opens while a quantization keeps that engine busy', async () => {
    const run = quantizeSample('balanced');
    const pid = await busyRunner();
    // As a call of native code that takes long: the process answers nothing.
    process.kill(pid, 'SIGSTOP');
    const graph = await openSample();
    assert.equal(graph.hasProblem, false);
    process.kill(pid, 'SIGCONT');
    assert.ok(await run, 'The run failed; see the log.');
  });

  it('stays when that engine crashes while it infers shapes, and has them at the next opening', async () => {
    await vscode.commands.executeCommand(CommandId.restartEngine);
    const { exports } = extension();
    const { pid } = exports.engines().runner;
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGSTOP');
    const { frame } = await openSample();
    await busyRunner();
    process.kill(pid, 'SIGKILL');
    await eventually(() => (exports.engines().runner.isBusy ? undefined : true));
    assert.deepEqual(
      exports.graphs().map((graph) => [graph.hasProblem, graph.frame]),
      [[false, frame]],
    );
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await eventually(() => (exports.graphs().length === 0 ? true : undefined));
    await openSample();
    const next = await eventually(() => exports.engines().runner.pid);
    assert.notEqual(next, pid);
  });

  it('is read again by a new process when the engine that reads has crashed', async () => {
    const { exports } = extension();
    await openSample();
    const { pid } = exports.engines().reader;
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    await eventually(() => (exports.engines().reader.pid === undefined ? true : undefined));
    assert.deepEqual(
      exports.graphs().map(({ hasProblem }) => hasProblem),
      [false],
    );
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await eventually(() => (exports.graphs().length === 0 ? true : undefined));
    assert.equal((await openSample()).hasProblem, false);
  });
});

async function openSample(): Promise<OpenGraphPanel> {
  await vscode.commands.executeCommand(CommandId.openGraph, workspaceFile(MODEL));
  return eventually(() =>
    extension()
      .exports.graphs()
      .find(({ frame }) => frame !== undefined),
  );
}

/** The process id of the engine that runs models, once it works on a request. */
function busyRunner(): Promise<number> {
  return eventually(() => {
    const { isBusy, pid } = extension().exports.engines().runner;
    return isBusy ? pid : undefined;
  });
}
