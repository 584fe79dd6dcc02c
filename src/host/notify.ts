import * as vscode from 'vscode';
import { CancelledError } from '../util/pressError';
import { errorText } from './errorText';
import type { Services } from './services';

/** What a person can do about a failure, as a button of its notification. */
export interface Remedy {
  readonly label: string;
  run(): void;
}

/** Shows one notification for a failed action, with *Show Log* and a remedy if there is one; a cancelled one is silent. */
export function showError({ log }: Services, error: unknown, path: string, remedy?: Remedy): void {
  if (error instanceof CancelledError) {
    log.info(`Cancelled: ${path}`);
    return;
  }
  log.error(error instanceof Error ? error : String(error));
  const showLog = vscode.l10n.t('Show Log');
  const buttons = remedy === undefined ? [showLog] : [remedy.label, showLog];
  void vscode.window.showErrorMessage(errorText(error, path), ...buttons).then((choice) => {
    if (choice === showLog) log.show();
    else if (choice !== undefined) remedy?.run();
  });
}
