import * as vscode from 'vscode';
import { createEngines, type Engines } from './engines';
import { RunQueue } from './runQueue';
import { readSettings } from './settings';

/** What the parts of the host share; made once in `activate`. */
export interface Services extends Engines {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  /** What runs models, one after the other. */
  readonly runs: RunQueue;
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
  return { context, log, ...engines, runs: new RunQueue() };
}
