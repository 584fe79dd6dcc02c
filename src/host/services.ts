import * as vscode from 'vscode';
import { EngineClient } from './engineClient';
import { RunQueue } from './runQueue';
import { readSettings } from './settings';

/** What the parts of the host share; made once in `activate`. */
export interface Services {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly engine: EngineClient;
  /** What runs models, one after the other. */
  readonly runs: RunQueue;
}

/** Creates the shared parts; the engine process itself starts with the first request. */
export function createServices(context: vscode.ExtensionContext): Services {
  const log = vscode.window.createOutputChannel('ONNX Press', { log: true });
  context.subscriptions.push(log);
  const engine = new EngineClient({
    enginePath: vscode.Uri.joinPath(context.extensionUri, 'dist', 'engine.js').fsPath,
    cancelTimeoutMs: () => readSettings(log).engineCancelTimeoutMs,
    idleTimeoutMs: () => readSettings(log).engineIdleTimeoutMs,
    onLog: (level, message) => log[level === 'warning' ? 'warn' : level](message),
  });
  return { context, log, engine, runs: new RunQueue() };
}
