import * as vscode from 'vscode';
import { CancelledError } from '../util/pressError';
import { errorText } from './errorText';
import type { Services } from './services';

/** Shows one notification for a failed action, with *Show Log*; a cancelled one is silent. */
export function showError({ log }: Services, error: unknown, path: string): void {
  if (error instanceof CancelledError) {
    log.info(`Cancelled: ${path}`);
    return;
  }
  log.error(error instanceof Error ? error : String(error));
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showErrorMessage(errorText(error, path), showLog).then((choice) => {
    if (choice === showLog) log.show();
  });
}
