import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import type { GraphMapping } from '../../protocol';
import { errorMessage } from '../../util/pressError';
import type { ActiveGraph } from '../graph/activeGraph';
import { GraphModel } from '../graph/graphModel';
import { GraphPanel } from '../graph/graphPanel';
import { StateKey, ViewType } from '../ids';
import type { Services } from '../services';
import { PanelTokens, savedToken } from './panelTokens';

/** The addresses of the two models. */
const PAIR = z.tuple([z.string(), z.string()]);

/** The panels that show two models side by side, restored after a reload. */
export class SideBySidePanels implements vscode.Disposable {
  readonly #services: Services;
  readonly #active: ActiveGraph;
  readonly #tokens: PanelTokens<[string, string]>;
  readonly #serializer: vscode.Disposable;

  constructor(services: Services, active: ActiveGraph) {
    this.#services = services;
    this.#active = active;
    this.#tokens = new PanelTokens(services.context.workspaceState, StateKey.sideBySidePanels, PAIR);
    this.#serializer = vscode.window.registerWebviewPanelSerializer(ViewType.sideBySide, {
      deserializeWebviewPanel: (panel, state) => this.#restore(panel, state),
    });
  }

  /** Shows two models, the first one on the left. */
  async show(first: vscode.Uri, second: vscode.Uri): Promise<void> {
    const token = randomUUID();
    await this.#tokens.remember(token, [first.toString(), second.toString()]);
    const panel = vscode.window.createWebviewPanel(ViewType.sideBySide, '', vscode.ViewColumn.Active);
    this.#attach(panel, token, first, second);
  }

  dispose(): void {
    this.#serializer.dispose();
  }

  #restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const token = savedToken(state);
    const pair = token === undefined ? undefined : this.#tokens.recall(token);
    if (token === undefined || pair === undefined) {
      const missing = token === undefined ? 'it had kept no token' : 'its models are not known any more';
      this.#services.log.warn(`A panel with two models cannot be restored: ${missing}.`);
      panel.dispose();
    } else this.#attach(panel, token, vscode.Uri.parse(pair[0]), vscode.Uri.parse(pair[1]));
    return Promise.resolve();
  }

  #attach(panel: vscode.WebviewPanel, token: string, first: vscode.Uri, second: vscode.Uri): void {
    panel.title = `${basename(first.path)} ↔ ${basename(second.path)}`;
    const models = [first, second].map((uri) => new GraphModel(this.#services, uri));
    panel.onDidDispose(() => {
      for (const model of models) model.dispose();
    });
    const mapping = (): Promise<GraphMapping | undefined> => this.#mapping(first, second);
    this.#active.add(new GraphPanel(this.#services, panel, { token, models, mapping }));
  }

  /** Without a report the webview matches by name and structure. */
  async #mapping(first: vscode.Uri, second: vscode.Uri): Promise<GraphMapping | undefined> {
    try {
      const params = { first: first.fsPath, second: second.fsPath };
      return (await this.#services.reader.request('graph/mapping', params)) ?? undefined;
    } catch (error) {
      this.#services.log.warn(`No mapping of ${first.fsPath} to ${second.fsPath}: ${errorMessage(error)}`);
      return undefined;
    }
  }
}
