import * as vscode from 'vscode';
import { CommandId } from '../ids';
import type { Services } from '../services';

/** Registers *Restart Engine* and *Show Log*. */
export function registerEngineCommands({ context, reader, runner, log }: Services): void {
  context.subscriptions.push(
    vscode.commands.registerCommand(CommandId.showLog, () => log.show()),
    vscode.commands.registerCommand(CommandId.restartEngine, async () => {
      await Promise.all([reader.stop(), runner.stop()]);
      for (const engine of [reader, runner]) {
        const { pid, version } = await engine.request('engine/hello', {});
        log.info(`Engine ${version} answers (pid ${pid}).`);
      }
      vscode.window.setStatusBarMessage(vscode.l10n.t('ONNX Press: engine restarted'), STATUS_MS);
    }),
  );
}

/** Long enough to read four words. */
const STATUS_MS = 4000;
