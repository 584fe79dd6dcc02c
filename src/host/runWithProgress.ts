import * as vscode from 'vscode';
import type { RequestOptions } from './engineClient';
import { createProgressText, stageText } from './progressText';
import type { Services } from './services';

/**
 * Runs a job that takes the machine's threads, after those before it, with a notification that shows its progress and
 * can cancel it. Rejects with what the job rejects with, and with `CancelledError`.
 */
export function runWithProgress<T>(
  { runs, jobs }: Services,
  title: string,
  job: (options: Required<RequestOptions>) => Promise<T>,
): Promise<T> {
  const location = vscode.ProgressLocation.Notification;
  return Promise.resolve(
    vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
      const controller = new AbortController();
      const subscription = token.onCancellationRequested(() => controller.abort());
      if (runs.isBusy) progress.report({ message: vscode.l10n.t('Waiting for the run before') });
      const describe = createProgressText();
      const shown = jobs.begin(title, () => controller.abort());
      const options: Required<RequestOptions> = {
        signal: controller.signal,
        onProgress: (step) => {
          progress.report({ message: describe(step) });
          shown.report(stageText(step.stage), step.total > 0 ? step.done / step.total : undefined);
        },
      };
      return runs
        .add(() => job(options), controller.signal)
        .finally(() => {
          subscription.dispose();
          shown.end();
        });
    }),
  );
}
