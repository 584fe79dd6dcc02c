import * as vscode from 'vscode';
import type { RequestOptions } from './engineClient';
import { createProgressText, stageText } from './progressText';
import type { Services } from './services';
import type { JobActions } from './statusBar';

/** What a job is given: how it is cancelled, and how it tells of its progress. */
export type JobOptions = Required<Pick<RequestOptions, 'signal' | 'onProgress'>>;

/** Who else cancels a job, and what shows its trainings. */
export interface JobCare extends Pick<JobActions, 'show'> {
  readonly outer?: AbortSignal | undefined;
}

/**
 * Runs a job that takes the machine's threads, after those before it, with a notification that shows its progress and
 * can cancel it; so can `outer`. Rejects with what the job rejects with, and with `CancelledError`.
 */
export function runWithProgress<T>(
  { runs, jobs }: Services,
  title: string,
  job: (options: JobOptions) => Promise<T>,
  { outer, show }: JobCare = {},
): Promise<T> {
  const location = vscode.ProgressLocation.Notification;
  return Promise.resolve(
    vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
      const controller = new AbortController();
      const cancel = (): void => controller.abort();
      const subscription = token.onCancellationRequested(cancel);
      if (outer?.aborted) cancel();
      outer?.addEventListener('abort', cancel, { once: true });
      if (runs.isBusy) progress.report({ message: vscode.l10n.t('Waiting for the run before') });
      const describe = createProgressText();
      const shown = jobs.begin(title, { cancel, show });
      const options: JobOptions = {
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
          outer?.removeEventListener('abort', cancel);
          shown.end();
        });
    }),
  );
}
