import * as vscode from 'vscode';
import type { GraphCoupling, GraphDocument, GraphShapes, OverlayData, RecipeChoices } from '../../protocol';
import { errorMessage, PressError } from '../../util/pressError';
import { errorText } from '../errorText';
import type { Services } from '../services';
import { gitLfsPointer, isLfsPointerFile } from './gitLfs';
import { ModelCopy } from './modelCopy';
import { findRecipe, RECIPE_ENDING } from './modelRecipe';
import { ModelWatcher } from './modelWatcher';
import { recipeChoices } from './recipeEdits';

/** How the name of a report ends; a run writes one when it has measured all. */
const REPORT_ENDING = '.report.json';
/** A file is read again when it has rested this long: writers make many changes in a row. */
const REST_MS = 300;
/** A file that is not whole yet is read once more after this; later changes are noticed anyway. */
const RETRY_MS = 1_500;

/** What happened to a model that is shown. */
export type GraphModelEvent =
  | { readonly type: 'document'; readonly document: GraphDocument }
  | { readonly type: 'shapes'; readonly shapes: GraphShapes }
  | { readonly type: 'choices'; readonly choices: RecipeChoices }
  /** A run that measured something of this model has ended. */
  | { readonly type: 'overlay'; readonly data: OverlayData }
  /** The file cannot be shown any more; `message` is translated. */
  | { readonly type: 'problem'; readonly message: string };

/**
 * A model that panels show: its graph as last read, and what changes about it.
 * Reading begins at once, so that it runs beside the loading of the webview. What is no file of this machine is read
 * from a copy, once.
 */
export class GraphModel implements vscode.CustomDocument {
  /** When the person asked for it: a reading of the process's clock. */
  readonly askedAt = performance.now();
  readonly #services: Services;
  readonly #changed = new vscode.EventEmitter<GraphModelEvent>();
  readonly #disposables: vscode.Disposable[] = [this.#changed];
  readonly #copy: ModelCopy | undefined;
  readonly #watcher: ModelWatcher | undefined;
  #document: Promise<GraphDocument>;
  #shapes: Promise<GraphShapes | undefined> | undefined;
  #coupling: Promise<GraphCoupling | undefined> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Counts readings; only the latest one counts. */
  #reading = 0;
  #disposed = false;

  /** Fires when the file, its recipe or what is known of it changes; never before the first reading has ended. */
  readonly onDidChange = this.#changed.event;

  constructor(
    services: Services,
    readonly uri: vscode.Uri,
  ) {
    this.#services = services;
    if (uri.scheme === 'file') {
      this.#watcher = new ModelWatcher(uri.fsPath, (path) => this.#onFileChange(path));
      this.#disposables.push(this.#watcher);
    } else {
      const { storageUri, globalStorageUri } = services.context;
      this.#copy = new ModelCopy(uri, storageUri ?? globalStorageUri);
      this.#disposables.push(this.#copy);
    }
    this.#document = this.#load();
    // Whoever shows the model reads the failure from `document`.
    this.#document.catch(() => undefined);
    this.#disposables.push(
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.path.endsWith(RECIPE_ENDING)) void this.#sendChoices();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.#sendShapes()),
    );
  }

  /** The path of the file, or of the copy in its place; it never leaves the host. */
  get path(): string {
    return this.#copy?.path ?? this.uri.fsPath;
  }

  /** True for a version of a file that is not on disk: it has no recipe, and nothing measured of it would be kept. */
  get isPastVersion(): boolean {
    return this.#copy !== undefined;
  }

  /** The graph as last read. Rejects with what the engine says when the file cannot be shown. */
  get document(): Promise<GraphDocument> {
    return this.#document;
  }

  /**
   * Shapes that ONNX Runtime infers; undefined in a workspace that is not trusted, since it loads the model in native
   * code, and after a failure, which the log has. Never rejects.
   */
  shapes(): Promise<GraphShapes | undefined> {
    if (!vscode.workspace.isTrusted) return Promise.resolve(undefined);
    return (this.#shapes ??= this.#inferShapes());
  }

  /**
   * Which nodes lose channels together, found when first asked for; undefined in a workspace that is not trusted, since
   * the model is loaded in native code, and after a failure, which the log has. Never rejects.
   */
  coupling(): Promise<GraphCoupling | undefined> {
    if (!vscode.workspace.isTrusted) return Promise.resolve(undefined);
    return (this.#coupling ??= this.#findCoupling());
  }

  /** What the recipe of the model says about its nodes. */
  async choices(): Promise<RecipeChoices> {
    const [quantize, prune, document] = await Promise.all([
      this.isPastVersion ? undefined : findRecipe(this.path, 'quantize'),
      this.isPastVersion ? undefined : findRecipe(this.path, 'prune'),
      this.#document,
    ]);
    const { exclude = [], keepFp16 = [] } = quantize?.lists ?? {};
    const nodes = (document.graphs[0]?.nodes ?? []).map(({ name, operator }) => ({ name, opType: operator }));
    return recipeChoices({ exclude, keepFp16, protect: prune?.lists.protect ?? [] }, nodes);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async #load(): Promise<GraphDocument> {
    await this.#copy?.write();
    try {
      const document = await this.#services.reader.request('graph/load', { path: this.path });
      this.#watcher?.setDataFiles(document.dataFiles ?? []);
      return document;
    } catch (error) {
      const isMalformed = error instanceof PressError && error.code === 'malformed-model';
      throw isMalformed && (await isLfsPointerFile(this.path)) ? gitLfsPointer(this.path) : error;
    }
  }

  async #inferShapes(): Promise<GraphShapes | undefined> {
    try {
      // What is not there has no shapes, and the engine would say so a second time.
      await this.#document;
      return await this.#services.runner.request('graph/shapes', { path: this.path });
    } catch (error) {
      this.#services.log.warn(`Shapes of ${this.path} could not be inferred: ${errorMessage(error)}`);
      return undefined;
    }
  }

  async #findCoupling(): Promise<GraphCoupling | undefined> {
    try {
      const coupling = await this.#services.runner.request('graph/coupling', { path: this.path });
      if (coupling.problem !== undefined) this.#services.log.info(`No coupled channels: ${coupling.problem}`);
      return coupling;
    } catch (error) {
      this.#services.log.warn(`Coupled channels of ${this.path} could not be found: ${errorMessage(error)}`);
      return undefined;
    }
  }

  #onFileChange(path: string): void {
    if (path === this.path || this.#watcher?.isDataFile(path) === true) this.#readSoon(REST_MS);
    else if (path.endsWith(RECIPE_ENDING)) void this.#sendChoices();
    else if (path.endsWith(REPORT_ENDING)) void this.#sendRanges();
  }

  #readSoon(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#readAgain(delayMs === REST_MS), delayMs);
  }

  async #readAgain(mayRetry: boolean): Promise<void> {
    const reading = ++this.#reading;
    const isLatest = (): boolean => reading === this.#reading && !this.#disposed;
    const attempt = this.#load();
    try {
      const document = await attempt;
      if (!isLatest()) return;
      this.#document = attempt;
      this.#shapes = undefined;
      this.#coupling = undefined;
      this.#changed.fire({ type: 'document', document });
      await this.#sendShapes();
    } catch (error) {
      if (!isLatest()) return;
      // A half-written file is whole a moment later; until then the graph as it was stays.
      if (mayRetry) return this.#readSoon(RETRY_MS);
      this.#document = attempt;
      this.#changed.fire({ type: 'problem', message: errorText(error, this.path) });
    }
  }

  async #sendShapes(): Promise<void> {
    const document = this.#document;
    const shapes = await this.shapes();
    const isCurrent = document === this.#document && !this.#disposed;
    if (shapes !== undefined && isCurrent) this.#changed.fire({ type: 'shapes', shapes });
  }

  /** Quantizing measures the ranges of activations. */
  async #sendRanges(): Promise<void> {
    const params = { path: this.path, overlay: 'range' } as const;
    const data = await this.#services.reader.request('graph/overlay', params).catch(() => null);
    if (data !== null && !this.#disposed) this.#changed.fire({ type: 'overlay', data });
  }

  async #sendChoices(): Promise<void> {
    const choices = await this.choices().catch(() => undefined);
    if (choices !== undefined && !this.#disposed) this.#changed.fire({ type: 'choices', choices });
  }
}
