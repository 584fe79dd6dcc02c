import * as vscode from 'vscode';
import { CommandId } from './ids';
import { createEngines, type Engines } from './engines';
import { RunQueue } from './runQueue';
import { readSettings } from './settings';
import { JobStatus } from './statusBar';

/** What the parts of the host share; made once in `activate`. */
export interface Services extends Engines {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  /** What runs models, one after the other. */
  readonly runs: RunQueue;
  /** The item of the status bar that shows what runs. */
  readonly jobs: JobStatus;
  /** The models that are being trained or wait for it, by path. */
  readonly trainedModels: Set<string>;
}

/** Creates the shared parts; the engines' processes start when they are needed. */
export function createServices(context: vscode.ExtensionContext): Services {
  const log = vscode.window.createOutputChannel('ONNX Press', { log: true });
  context.subscriptions.push(log);
  const engines = createEngines(vscode.Uri.joinPath(context.extensionUri, 'dist').fsPath, {
    cancelTimeoutMs: () => readSettings(log).engineCancelTimeoutMs,
    idleTimeoutMs: () => readSettings(log).engineIdleTimeoutMs,
    onLog: (level, message) => log[level === 'warning' ? 'warn' : level](message),
  });
  const jobs = new JobStatus(() => log.show());
  context.subscriptions.push(
    jobs,
    vscode.commands.registerCommand(CommandId.showJob, () => jobs.ask()),
  );
  return { context, log, ...engines, runs: new RunQueue(), jobs, trainedModels: new Set() };
}
