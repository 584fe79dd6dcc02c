import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import type { Advice, ComparisonPanelMessage, ComparisonPanelRequest, QuantizeParams } from '../../protocol';
import { reportCore } from '../../protocol/anyReport';
import { CancelledError, errorMessage } from '../../util/pressError';
import { type AdviceButton, adviceButtons } from '../comparison/adviceActions';
import { adviceText, comparisonAdvice } from '../comparison/adviceText';
import { openSideBySide, revealNode, saveHtml, takeStep } from '../comparison/comparisonActions';
import { type KeptComparison, keepLayers, readComparison } from '../comparison/comparisonRecords';
import { pairParams, runComparison } from '../comparison/compareFlow';
import { dataNoteText } from '../comparison/dataNoteText';
import { reportOfPair } from '../comparison/pairReport';
import type { ActiveGraph } from '../graph/activeGraph';
import { StateKey, ViewType } from '../ids';
import { showError } from '../notify';
import { readRunRecipe } from '../runs/runRecipe';
import { runWithProgress } from '../runWithProgress';
import type { Services } from '../services';
import { parseComparisonRequest } from './comparisonRequests';
import { comparisonStrings } from './comparisonStrings';
import { PanelTokens, savedToken } from './panelTokens';
import { webviewHtml, webviewRoot } from './webviewHtml';

/** The webview shows no more changed samples than this. */
const MAX_PREVIEWS = 24;

interface OpenPanel {
  readonly panel: vscode.WebviewPanel;
  readonly token: string;
  kept: KeptComparison;
  buttons: readonly (readonly AdviceButton[])[];
}

/** The comparison panels of this window: one per pair of models, restored after a reload. */
export class ComparisonPanels implements vscode.Disposable {
  readonly #services: Services;
  readonly #graphs: ActiveGraph;
  readonly #open = new Set<OpenPanel>();
  readonly #serializer: vscode.Disposable;
  readonly #tokens: PanelTokens<string>;

  constructor(services: Services, graphs: ActiveGraph) {
    this.#services = services;
    this.#graphs = graphs;
    this.#tokens = new PanelTokens(services.context.workspaceState, StateKey.comparisonPanels, z.string());
    this.#serializer = vscode.window.registerWebviewPanelSerializer(ViewType.comparison, {
      deserializeWebviewPanel: (panel, state) => this.#restore(panel, state),
    });
  }

  /** Shows a comparison, in the panel of its two models if there is one. */
  async show(kept: KeptComparison): Promise<void> {
    const { before, after } = kept.record;
    const existing = [...this.#open].find(({ kept: { record } }) => record.before === before && record.after === after);
    const token = existing?.token ?? randomUUID();
    await this.#tokens.remember(token, kept.path);
    if (existing !== undefined) {
      existing.kept = kept;
      existing.panel.reveal();
      await this.#send(existing);
      return;
    }
    const panel = vscode.window.createWebviewPanel(ViewType.comparison, '', vscode.ViewColumn.Active);
    this.#attach({ panel, token, kept, buttons: [] });
  }

  dispose(): void {
    this.#serializer.dispose();
    for (const { panel } of this.#open) panel.dispose();
  }

  async #restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const token = savedToken(state);
    const path = token === undefined ? undefined : this.#tokens.recall(token);
    if (token === undefined || path === undefined) {
      panel.dispose();
      return;
    }
    try {
      this.#attach({ panel, token, kept: await readComparison(path), buttons: [] });
    } catch (error) {
      panel.dispose();
      showError(this.#services, error, path);
    }
  }

  #attach(open: OpenPanel): void {
    const { panel, kept } = open;
    const { extensionUri } = this.#services.context;
    this.#open.add(open);
    panel.title = vscode.l10n.t('Comparison: {0}', basename(kept.record.after));
    panel.onDidDispose(() => this.#open.delete(open));
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] };
    panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(open, message));
    const page = { name: 'comparison', title: panel.title, pictures: true };
    panel.webview.html = webviewHtml(panel.webview, extensionUri, page);
  }

  async #receive(open: OpenPanel, message: unknown): Promise<void> {
    const request = parseComparisonRequest(message);
    if (request === undefined) {
      this.#services.log.warn('The comparison panel sent a message that is not understood; ignored.');
      return;
    }
    try {
      await this.#answer(open, request);
    } catch (error) {
      showError(this.#services, error, open.kept.record.after);
    }
  }

  async #answer(open: OpenPanel, request: ComparisonPanelRequest): Promise<void> {
    const { record } = open.kept;
    switch (request.type) {
      case 'ready':
        await this.#send(open);
        void this.#sendDetails(open);
        return;
      case 'measureLayers':
        return this.#measureLayers(open);
      case 'measureAgain':
        return this.show(await runComparison(this.#services, record));
      case 'sideBySide':
        return openSideBySide(record);
      case 'revealNode':
        return revealNode(this.#services, this.#graphs, record, request.node);
      case 'distribution':
        return this.#measureTensor(open, request.tensor);
      case 'export':
        await saveHtml(record, request.html);
        return;
      case 'act': {
        const step = open.buttons[request.advice]?.[request.button]?.step;
        if (step === undefined) return;
        if (step.kind === 'layers') return this.#measureLayers(open);
        if (step.kind === 'compare') return this.show(await runComparison(this.#services, record));
        return takeStep(this.#services, record, step);
      }
    }
  }

  async #send(open: OpenPanel): Promise<void> {
    const { before, after, measuredAt, result, layers } = open.kept.record;
    const { data } = result;
    const { advice, run } = await this.#adviceOf(open);
    open.buttons = advice.map((item) => adviceButtons(item, run));
    const named = (facts: typeof result.before): typeof result.before => ({ ...facts, path: basename(facts.path) });
    this.#post(open, {
      type: 'comparison/show',
      document: {
        beforeName: basename(before),
        afterName: basename(after),
        measuredAt,
        result: {
          ...result,
          before: named(result.before),
          after: named(result.after),
          data: { ...data, notes: data.notes.map((note) => ({ ...note, message: dataNoteText(note) })) },
        },
        ...(layers === undefined ? {} : { layers }),
        advice: advice.map((item, index) => ({
          message: adviceText(item, run?.settings.mode),
          buttons: (open.buttons[index] ?? []).map(({ label }) => label),
        })),
      },
      strings: comparisonStrings(),
      locale: vscode.env.language,
      token: open.token,
    });
  }

  /** What the figures of the comparison advise, what the run that made the model does besides, and how that is repeated. */
  async #adviceOf({ kept }: OpenPanel): Promise<{ advice: readonly Advice[]; run: QuantizeParams | undefined }> {
    const { before, after, result } = kept.record;
    const found = await reportOfPair(before, after);
    const recipe = found && (await readRunRecipe(found.recipe).catch(() => undefined));
    const run = recipe?.kind === 'quantize' ? recipe.params : undefined;
    return { advice: comparisonAdvice(result.advice, found && reportCore(found.report).advice), run };
  }

  /** What takes a moment and is not asked for: pictures of changed samples, and the tensors to choose from. */
  async #sendDetails(open: OpenPanel): Promise<void> {
    const { record } = open.kept;
    const { runner, runs, log } = this.#services;
    const { signal } = new AbortController();
    const { before, after, ...data } = pairParams(this.#services, record);
    try {
      const { tensors } = await runs.add(() => runner.request('model/sharedTensors', { before, after }), signal);
      this.#post(open, { type: 'comparison/tensors', tensors: tensors.map(({ name }) => name) });
      const flips = record.result.comparison.classFlips?.list ?? [];
      if (flips.length === 0 || !vscode.workspace.isTrusted) return;
      const indices = flips.slice(0, MAX_PREVIEWS).map(({ index }) => index);
      const { previews } = await runs.add(
        () => runner.request('data/preview', { model: before, indices, ...data }),
        signal,
      );
      this.#post(open, { type: 'comparison/previews', previews });
    } catch (error) {
      log.warn(`Details of the comparison are missing: ${errorMessage(error)}`);
    }
  }

  async #measureLayers(open: OpenPanel): Promise<void> {
    const { record } = open.kept;
    const title = vscode.l10n.t('Measuring the error of the layers of {0}', basename(record.after));
    const params = { ...pairParams(this.#services, record), layerwise: true };
    try {
      const layers = await runWithProgress(this.#services, title, (options) =>
        this.#services.runner.request('model/layerErrors', params, options),
      );
      open.kept = keepLayers(open.kept, layers);
      this.#post(open, { type: 'comparison/layers', layers });
    } catch (error) {
      this.#post(open, { type: 'comparison/layers', layers: null });
      if (!(error instanceof CancelledError)) throw error;
    }
  }

  async #measureTensor(open: OpenPanel, tensor: string): Promise<void> {
    const { record } = open.kept;
    const title = vscode.l10n.t('Looking into {0}', tensor);
    const params = { ...pairParams(this.#services, record), tensor };
    try {
      const distribution = await runWithProgress(this.#services, title, (options) =>
        this.#services.runner.request('model/distribution', params, options),
      );
      this.#post(open, { type: 'comparison/distribution', distribution });
    } catch (error) {
      this.#post(open, { type: 'comparison/distribution', distribution: null });
      if (!(error instanceof CancelledError)) throw error;
    }
  }

  /** A closed panel takes no messages. */
  #post(open: OpenPanel, message: ComparisonPanelMessage): void {
    if (this.#open.has(open)) void open.panel.webview.postMessage(message).then(undefined, () => undefined);
  }
}
