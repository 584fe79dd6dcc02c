import * as vscode from 'vscode';
import { CommandId } from './ids';

/** A job that takes the machine. */
export interface RunningJob {
  readonly title: string;
  /** What it does right now, and its share of that stage, 0..1, where that is known. */
  report(text: string, share: number | undefined): void;
  end(): void;
}

/** What a person can do with a job. */
export interface JobActions {
  readonly cancel: () => void;
  /** Opens the live panel of what it trains. */
  readonly show?: (() => void) | undefined;
}

interface Job extends JobActions {
  readonly title: string;
  text: string;
  share: number | undefined;
}

/** The item of the status bar that shows the running job; hidden when there is none. A click shows the training or the log, or cancels. */
export class JobStatus implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('onnxPress.job', vscode.StatusBarAlignment.Left, 0);
  readonly #jobs: Job[] = [];
  readonly #showLog: () => void;

  constructor(showLog: () => void) {
    this.#showLog = showLog;
    this.#item.name = 'ONNX Press';
    this.#item.command = CommandId.showJob;
  }

  /** Shows a job until it ends; of several, the one that began first. */
  begin(title: string, actions: JobActions): RunningJob {
    const job: Job = { ...actions, title, text: '', share: undefined };
    this.#jobs.push(job);
    this.#draw();
    return {
      title,
      report: (text, share) => {
        job.text = text;
        job.share = share;
        this.#draw();
      },
      end: () => {
        this.#jobs.splice(this.#jobs.indexOf(job), 1);
        this.#draw();
      },
    };
  }

  /** Offers what can be done with the running job. */
  async ask(): Promise<void> {
    const [job] = this.#jobs;
    if (job === undefined) return this.#showLog();
    const show = job.show === undefined ? [] : [{ label: `$(graph-line) ${vscode.l10n.t('Show Training')}` }];
    const log = { label: `$(output) ${vscode.l10n.t('Show Log')}` };
    const cancel = { label: `$(close) ${vscode.l10n.t('Cancel')}`, description: job.title };
    const choice = await vscode.window.showQuickPick([...show, log, cancel], { title: job.title });
    if (choice === log) this.#showLog();
    else if (choice === cancel) job.cancel();
    else if (choice !== undefined) job.show?.();
  }

  dispose(): void {
    this.#item.dispose();
  }

  #draw(): void {
    const [job] = this.#jobs;
    if (job === undefined) {
      this.#item.hide();
      return;
    }
    const percent = job.share === undefined ? '' : ` ${Math.floor(job.share * 100)} %`;
    const waiting = this.#jobs.length > 1 ? ` (+${this.#jobs.length - 1})` : '';
    this.#item.text = `$(sync~spin) ${job.text === '' ? job.title : job.text}${percent}${waiting}`;
    this.#item.tooltip = `ONNX Press: ${job.title}`;
    this.#item.accessibilityInformation = { label: `ONNX Press: ${job.title}, ${job.text}${percent}` };
    this.#item.show();
  }
}
