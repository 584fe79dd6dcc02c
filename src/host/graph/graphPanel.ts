import * as vscode from 'vscode';
import type {
  GraphCommand,
  GraphDocument,
  GraphMapping,
  GraphPanelMessage,
  GraphPanelMethod,
  GraphPanelResult,
  OutlineEntry,
  Side,
} from '../../protocol';
import { errorText } from '../errorText';
import { graphStrings } from '../panels/graphStrings';
import { webviewHtml, webviewRoot } from '../panels/webviewHtml';
import type { Services } from '../services';
import type { GraphModel, GraphModelEvent } from './graphModel';
import { OpeningClock, type OpeningTimes } from './openingTimes';
import { packMessage } from './packMessage';
import { answerCall } from './panelMethods';
import { parseGraphPanelCall, parseGraphPanelRequest } from './panelRequests';

/** A panel that asks for more at once than a person can is out of order. */
const MAX_OPEN_REQUESTS = 256;

/** The first frame with the graph in it, as the webview measured it. */
export interface ShownGraph {
  readonly nodeCount: number;
  readonly milliseconds: number;
  /** From asking for the graph, as the host measured it. */
  readonly times: OpeningTimes;
}

/** What a panel shows: one model, or two and how their nodes belong together. */
export interface GraphPanelContent {
  /** Names the panel across reloads. */
  readonly token: string;
  readonly models: readonly GraphModel[];
  readonly mapping?: () => Promise<GraphMapping | undefined>;
}

/**
 * The host's end of one graph webview: sends the graph as soon as both are there, answers each request once, and passes
 * on what changes. It lives as long as the panel; the webview may be loaded anew in between.
 */
export class GraphPanel implements vscode.Disposable {
  readonly #services: Services;
  readonly #content: GraphPanelContent;
  readonly #outlineChanged = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[] = [this.#outlineChanged];
  readonly #outlines: (readonly OutlineEntry[])[];
  #isShown = false;
  #hasProblem = false;
  #openRequests = 0;
  #frame: ShownGraph | undefined;
  readonly #clock: OpeningClock;
  #wasShown = false;
  #isDisposed = false;

  readonly onDidChangeOutline = this.#outlineChanged.event;

  constructor(
    services: Services,
    readonly panel: vscode.WebviewPanel,
    content: GraphPanelContent,
  ) {
    this.#services = services;
    this.#content = content;
    this.#outlines = content.models.map(() => []);
    this.#clock = new OpeningClock(Math.min(...content.models.map(({ askedAt }) => askedAt)));
    void this.#documents().then(
      () => this.#clock.reach('document'),
      () => undefined,
    );
    const { extensionUri } = services.context;
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] };
    this.#disposables.push(
      panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
      ...content.models.map((model, side) =>
        // Two models at most.
        model.onDidChange((event) => this.#passOn(event, side as Side)),
      ),
    );
    panel.webview.html = webviewHtml(panel.webview, extensionUri, {
      name: 'graph',
      title: panel.title,
      worker: 'graphWorker.js',
      start: 'graphStart.js',
    });
  }

  /** The models shown, the left one first. */
  get models(): readonly GraphModel[] {
    return this.#content.models;
  }

  /** Groups of each model as the webview listed them. */
  get outlines(): readonly (readonly OutlineEntry[])[] {
    return this.#outlines;
  }

  /** The latest first frame; undefined until the webview has drawn the graph. */
  get frame(): ShownGraph | undefined {
    return this.#frame;
  }

  /** True while the panel says why there is no graph. */
  get hasProblem(): boolean {
    return this.#hasProblem;
  }

  /** Carries out a command in the webview. */
  command(command: GraphCommand): void {
    this.#post({ type: 'graph/command', command });
  }

  /** Selects and shows an item of the outline. */
  reveal(side: Side, key: string): void {
    this.panel.reveal(undefined, true);
    this.#post({ type: 'graph/reveal', side, key });
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #receive(message: unknown): void {
    const request = parseGraphPanelRequest(message);
    if (request === undefined) {
      this.#services.log.warn('The graph panel sent a message that is not understood; ignored.');
      return;
    }
    switch (request.type) {
      case 'ready':
        if (this.#wasShown) this.#clock.restart();
        this.#clock.reach('webview');
        void this.#show();
        break;
      case 'request':
        void this.#answer(request.id, request.side, request.method, request.params);
        break;
      case 'outline':
        if (request.side >= this.models.length) return;
        this.#outlines[request.side] = request.entries;
        this.#outlineChanged.fire();
        break;
      case 'shown':
        this.#noteFrame(request);
        break;
    }
  }

  #documents(): Promise<GraphDocument[]> {
    return Promise.all(this.models.map((model) => model.document));
  }

  /** Sends all of it; the webview asks when it has been loaded, and again when it was loaded anew. */
  async #show(): Promise<void> {
    this.#isShown = false;
    const { models, token, mapping } = this.#content;
    try {
      const [documents, choices, pairs] = await Promise.all([
        this.#documents(),
        Promise.all(models.map((model) => model.choices())),
        mapping?.(),
      ]);
      this.#hasProblem = false;
      this.#clock.reach('document');
      this.#post({
        type: 'graph/show',
        documents,
        ...(pairs === undefined ? {} : { mapping: pairs }),
        strings: graphStrings(),
        locale: vscode.env.language,
        token,
        choices,
      });
      this.#clock.reach('sent');
      this.#isShown = true;
    } catch (error) {
      const [failed] = await failedModels(models);
      this.#showProblem(errorText(error, (failed ?? models[0])?.path ?? ''));
      return;
    }
    for (const [side, model] of models.entries()) {
      const { document } = model;
      const shapes = await model.shapes();
      // Two models at most. What was inferred from an earlier state of the file is not for this one.
      if (shapes !== undefined && document === model.document) {
        this.#post({ type: 'graph/shapes', side: side as Side, shapes });
      }
    }
  }

  #noteFrame({ nodeCount, milliseconds }: { nodeCount: number; milliseconds: number }): void {
    this.#wasShown = true;
    this.#clock.reach('shown');
    this.#frame = { nodeCount, milliseconds, times: this.#clock.times };
    this.#services.log.debug(`${this.panel.title}: ${nodeCount} nodes ${this.#clock.summary()}`);
  }

  #passOn(event: GraphModelEvent, side: Side): void {
    if (event.type === 'problem') this.#showProblem(event.message);
    // After a problem the webview has no view to keep; it gets everything anew.
    else if (event.type === 'document' && this.#hasProblem) void this.#show();
    else if (!this.#isShown) return;
    else if (event.type === 'document') this.#post({ type: 'graph/update', side, document: event.document });
    else if (event.type === 'shapes') this.#post({ type: 'graph/shapes', side, shapes: event.shapes });
    else if (event.type === 'overlay') {
      this.#post({ type: 'graph/overlay', side, overlay: event.data.overlay, data: event.data });
    } else this.#post({ type: 'graph/choices', side, choices: event.choices });
  }

  #showProblem(message: string): void {
    this.#hasProblem = true;
    this.#services.log.error(message);
    this.#post({ type: 'graph/error', message });
  }

  async #answer(id: number, side: Side, method: GraphPanelMethod, params: unknown): Promise<void> {
    this.#openRequests++;
    const result = await this.#result(side, method, params);
    this.#openRequests--;
    this.#post({ type: 'graph/reply', id, result });
  }

  async #result(side: Side, method: GraphPanelMethod, params: unknown): Promise<GraphPanelResult> {
    const model = this.models[side];
    const call = parseGraphPanelCall(method, params);
    if (model === undefined || call === undefined || this.#openRequests > MAX_OPEN_REQUESTS) {
      this.#services.log.warn(`The graph panel asked for ${method} in a way that is not understood; refused.`);
      return {
        ok: false,
        message: vscode.l10n.t('The request was not understood. Close the graph and open it again.'),
      };
    }
    try {
      const onOverlay = (message: GraphPanelMessage): void => this.#post(message);
      return { ok: true, value: await answerCall({ services: this.#services, model, side, post: onOverlay }, call) };
    } catch (error) {
      this.#services.log.error(error instanceof Error ? error : String(error));
      return { ok: false, message: errorText(error, model.path) };
    }
  }

  /** A webview that is hidden takes no messages and asks for all of it when it is back; a closed one must not be asked. */
  #post(message: GraphPanelMessage): void {
    if (this.#isDisposed) return;
    void this.panel.webview.postMessage(packMessage(message)).then(undefined, () => undefined);
  }
}

async function failedModels(models: readonly GraphModel[]): Promise<GraphModel[]> {
  const outcomes = await Promise.allSettled(models.map((model) => model.document));
  return models.filter((_, i) => outcomes[i]?.status === 'rejected');
}
