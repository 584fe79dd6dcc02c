import * as vscode from 'vscode';
import * as z from 'zod';
import type { RunPoint, RunsChartMessage, RunsChartRequest } from '../../protocol';
import { runsStrings } from '../panels/comparisonStrings';
import { webviewHtml, webviewRoot } from '../panels/webviewHtml';
import type { Run } from '../runs/findRuns';
import type { Services } from '../services';

const REQUEST: z.ZodType<RunsChartRequest> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('select'), id: z.string().max(64) }),
]);

/** The chart of runs below their list. */
export class RunsChart implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #services: Services;
  readonly #runs: () => Promise<readonly Run[]>;
  readonly #onSelect: (run: Run) => void;
  #view: vscode.WebviewView | undefined;

  constructor(services: Services, runs: () => Promise<readonly Run[]>, onSelect: (run: Run) => void) {
    this.#services = services;
    this.#runs = runs;
    this.#onSelect = onSelect;
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const { extensionUri } = this.#services.context;
    this.#view = view;
    view.onDidDispose(() => (this.#view = undefined));
    view.webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] };
    view.webview.onDidReceiveMessage((message: unknown) => this.#receive(message));
    view.webview.html = webviewHtml(view.webview, extensionUri, { name: 'runsChart', title: view.title ?? '' });
  }

  /** Draws the runs that there are now. */
  refresh(): void {
    void this.#send();
  }

  dispose(): void {
    this.#view = undefined;
  }

  async #receive(message: unknown): Promise<void> {
    const request = REQUEST.safeParse(message);
    if (!request.success) {
      this.#services.log.warn('The chart of runs sent a message that is not understood; ignored.');
      return;
    }
    if (request.data.type === 'ready') return this.#send();
    const { id } = request.data;
    const run = (await this.#runs()).find((candidate) => candidate.id === id);
    if (run !== undefined) this.#onSelect(run);
  }

  async #send(): Promise<void> {
    if (this.#view === undefined) return;
    const points = (await this.#runs()).flatMap(
      ({ id, label, figures: { sizeBytes, latencyMs, quality, isAgreement } }): RunPoint[] =>
        quality === undefined || sizeBytes === undefined
          ? []
          : [{ id, label, sizeBytes, ...(latencyMs === undefined ? {} : { latencyMs }), quality, isAgreement }],
    );
    const message: RunsChartMessage = {
      type: 'runs/show',
      points,
      strings: runsStrings(),
      locale: vscode.env.language,
    };
    await this.#view.webview.postMessage(message);
  }
}
