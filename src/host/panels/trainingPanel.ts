import * as vscode from 'vscode';
import * as z from 'zod';
import type { TrainingPanelMessage, TrainingPanelRequest, TrainingState } from '../../protocol';
import { LivePanelId } from '../ids';
import type { Services } from '../services';
import { trainStrings } from './comparisonStrings';
import { hasEnded } from './trainingRecord';
import { webviewHtml, webviewRoot } from './webviewHtml';

/** What the webview may ask for. */
const REQUEST: z.ZodType<TrainingPanelRequest> = z.strictObject({
  type: z.enum(['ready', 'pause', 'resume', 'finish', 'cancel', 'goOn', 'compare', 'report', 'log']),
});

/** What the panel does with what a person does in it. */
export type TrainingActions = Readonly<Record<Exclude<TrainingPanelRequest['type'], 'ready'>, () => void>>;

/**
 * The live panel of one training, or of those of a recipe one after the other; `show` opens it. Closing it does not end the training: a notification offers to show it again, and the
 * status bar shows and cancels it. A window that is reloaded ends its engines and with them the training, so no panel comes back.
 */
export class TrainingPanel {
  readonly #services: Services;
  readonly #actions: TrainingActions;
  #state: TrainingState;
  #panel: vscode.WebviewPanel | undefined;

  constructor(services: Services, state: TrainingState, actions: TrainingActions) {
    this.#services = services;
    this.#state = state;
    this.#actions = actions;
  }

  get state(): TrainingState {
    return this.#state;
  }

  /** Opens the panel, or brings it to the front. */
  show(): void {
    if (this.#panel !== undefined) {
      this.#panel.reveal();
      return;
    }
    const { extensionUri } = this.#services.context;
    const title = titleOf(this.#state);
    const panel = vscode.window.createWebviewPanel(LivePanelId.training, title, vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [webviewRoot(extensionUri)],
    });
    this.#panel = panel;
    panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message));
    panel.onDidDispose(() => {
      this.#panel = undefined;
      if (!hasEnded(this.#state)) void this.#offerToShow();
    });
    panel.webview.html = webviewHtml(panel.webview, extensionUri, { name: 'training', title });
  }

  /** Takes the panel away. */
  close(): void {
    this.#panel?.dispose();
  }

  /** Draws another state. */
  update(state: TrainingState): void {
    this.#state = state;
    if (this.#panel !== undefined) this.#panel.title = titleOf(state);
    void this.#send();
  }

  #receive(message: unknown): void {
    const request = REQUEST.safeParse(message);
    if (!request.success) {
      this.#services.log.warn('The training panel sent a message that is not understood; ignored.');
      return;
    }
    const { type } = request.data;
    if (type === 'ready') void this.#send();
    else this.#actions[type]();
  }

  async #offerToShow(): Promise<void> {
    const show = vscode.l10n.t('Show Again');
    const text = vscode.l10n.t('The training of {0} goes on in the background.', this.#state.model);
    if ((await vscode.window.showInformationMessage(text, show)) === show) this.show();
  }

  async #send(): Promise<void> {
    const message: TrainingPanelMessage = {
      type: 'training/show',
      state: this.#state,
      strings: trainStrings(),
      locale: vscode.env.language,
    };
    await this.#panel?.webview.postMessage(message);
  }
}

function titleOf({ model }: TrainingState): string {
  return vscode.l10n.t('Training: {0}', model);
}
