import type { GraphDocument, GraphShapes, Side } from '../../../src/protocol';
import { element } from '../../ui/dom';
import type { Subject } from '../inspector/context';
import type { LayoutResult } from '../layout/types';
import type { DisplayGraph } from '../model/display';
import { toLayoutGraph } from '../scene/measure';
import type { Viewport } from '../view/camera';
import { createGraphView, type GraphView, type ShowOptions } from '../view/graphView';
import { createArranger, type Arranged } from './arranger';
import { createBreadcrumb } from './breadcrumb';
import {
  allGroupKeys,
  createGraphModel,
  crumbsOf,
  displayOf,
  expandedKeys,
  shownBody,
  shownGraph,
  subjectOf,
  withShapes,
  type GraphModel,
} from './graphModel';
import type { PaneOptions } from './paneOptions';
import { createReach, type Reach } from './reach';
import type { SideState } from './state';

/** One model in the panel: its document, the graph that is drawn of it, and the view that draws it. */
export class GraphPane {
  readonly element: HTMLElement;
  readonly side: Side;
  /** Selects and shows an item, edge or tensor by key, opening what hides it; false where there is none. */
  readonly reveal: Reach['reveal'];
  /** Selects and shows a node, or what it is folded into, opening the groups and bodies that hide it. */
  readonly revealNode: Reach['revealNode'];
  /** Selects a tensor, and shows its edge, or the node that reads or makes it. */
  readonly revealTensor: Reach['revealTensor'];
  readonly #options: PaneOptions;
  readonly #drawing = element('div', { class: 'drawing' });
  readonly #breadcrumb: ReturnType<typeof createBreadcrumb>;
  readonly #arrange: (display: DisplayGraph) => Promise<Arranged>;
  #state: SideState;
  #model: GraphModel | undefined;
  #display: DisplayGraph = { items: [], edges: [] };
  #view: GraphView | undefined;

  constructor(options: PaneOptions) {
    const { strings } = options;
    this.#options = options;
    this.side = options.side;
    this.#state = options.state;
    this.#breadcrumb = createBreadcrumb(strings.location, (graph) => void this.openGraph(graph));
    const title = options.title === undefined ? [] : [element('h2', { class: 'pane-title' }, options.title)];
    const label = options.title ?? strings.graph;
    this.element = element(
      'section',
      { class: 'pane', 'aria-label': label },
      ...title,
      this.#breadcrumb.element,
      this.#drawing,
    );
    const arrange = createArranger(options, this.#drawing);
    this.#arrange = (display) => arrange(toLayoutGraph(display, options.hasFigures()), display.items.length);
    const reach = createReach({
      model: () => this.#model,
      display: () => this.#display,
      shown: () => (this.#model === undefined ? 0 : shownGraph(this.#model, this.#state)),
      openGraph: (graph) => this.openGraph(graph),
      expand: (keys) => this.#expand(keys),
      show: (key) => {
        this.#view?.select([key], { reveal: true });
        this.#note(key);
      },
      note: (key) => this.#note(key),
    });
    this.reveal = reach.reveal;
    this.revealNode = reach.revealNode;
    this.revealTensor = reach.revealTensor;
  }

  /** Undefined before the first document. */
  get model(): GraphModel | undefined {
    return this.#model;
  }

  get display(): DisplayGraph {
    return this.#display;
  }

  get state(): SideState {
    return this.#state;
  }

  /** Undefined before the first graph is drawn. */
  get view(): GraphView | undefined {
    return this.#view;
  }

  /**
   * Builds the graph and has it arranged; `draw` of the answer draws it, once the pane is in the page.
   * In between the page can be built while the worker arranges.
   */
  begin(document: GraphDocument): { readonly draw: () => Promise<boolean> } {
    this.#model = createGraphModel(document, this.#options.strings);
    performance.mark('graph/groups');
    this.#display = this.#build();
    performance.mark('graph/display');
    const arranged = this.#arrange(this.#display);
    performance.mark('graph/measured');
    return { draw: () => this.#drawWhen(arranged, { viewport: this.#state.viewport }) };
  }

  /** Shows the new contents of the file; what is selected is found again by its name. */
  async update(document: GraphDocument): Promise<void> {
    const name = this.#selectedItem()?.name;
    this.#model = createGraphModel(document, this.#options.strings);
    await this.#refresh({ viewport: this.#view?.viewport() });
    const same = this.#display.items.find((item) => item.name === name);
    this.#select(same?.key);
  }

  /** Adds types and shapes that the file does not say. */
  async setShapes(shapes: GraphShapes): Promise<void> {
    if (this.#model === undefined) return;
    this.#model = withShapes(this.#model, shapes);
    await this.#refresh({ viewport: this.#view?.viewport() });
  }

  /** Draws the graph anew, with what has changed around it. */
  async refresh(): Promise<void> {
    await this.#refresh({ viewport: this.#view?.viewport() });
  }

  async toggle(key: string): Promise<void> {
    const expanded = new Set(this.#expanded());
    if (!expanded.delete(key)) expanded.add(key);
    this.#change({ expanded: [...expanded] });
    await this.#refresh({ keep: key });
  }

  async collapseAll(): Promise<void> {
    this.#change({ expanded: [] });
    await this.#refresh({});
    this.#view?.fit();
  }

  async expandAll(): Promise<void> {
    if (this.#model === undefined) return;
    this.#change({ expanded: [...new Set([...this.#expanded(), ...allGroupKeys(this.#model)])] });
    await this.#refresh({});
    this.#view?.fit();
  }

  async setRaw(raw: boolean): Promise<void> {
    this.#change({ raw });
    const [key] = this.#view?.selection() ?? [];
    await this.#refresh(key === undefined ? {} : { keep: key });
  }

  /** Shows the main graph, or a body on its own. */
  async openGraph(graph: number): Promise<void> {
    if (graph === this.#state.graph) return;
    this.#change({ graph, viewport: undefined });
    this.#view?.dispose();
    this.#view = undefined;
    await this.#refresh({});
    this.#select(undefined);
  }

  /** What the inspector shows for the selection. */
  subject(): Subject {
    if (this.#model === undefined) return { kind: 'model' };
    return subjectOf(this.#model, this.#display, this.#state.selection);
  }

  /** Selects what was selected beside, without telling. */
  follow(key: string | undefined): void {
    this.#view?.select(key === undefined ? [] : [key]);
    this.#change({ selection: key });
  }

  rememberViewport(): void {
    const viewport = this.#view?.viewport();
    if (viewport !== undefined) this.#change({ viewport });
  }

  #select(key: string | undefined): void {
    this.#view?.select(key === undefined ? [] : [key]);
    this.#note(key);
  }

  #note(key: string | undefined): void {
    this.#change({ selection: key });
    this.#options.onSelect(key);
  }

  #selectedItem(): DisplayGraph['items'][number] | undefined {
    return this.#display.items.find(({ key }) => key === this.#state.selection);
  }

  async #expand(keys: readonly string[]): Promise<void> {
    const before = this.#expanded();
    const expanded = [...new Set([...before, ...keys])];
    if (expanded.length === before.length) return;
    this.#change({ expanded });
    await this.#refresh({ viewport: this.#view?.viewport() });
  }

  #expanded(): readonly string[] {
    return this.#model === undefined ? [] : expandedKeys(this.#model, this.#state);
  }

  #change(change: { readonly [K in keyof SideState]?: SideState[K] | undefined }): void {
    // An undefined value is as good as a missing one to all readers; JSON leaves it out.
    this.#state = { ...this.#state, ...change } as SideState;
    this.#options.onState(this.#state);
  }

  #build(): DisplayGraph {
    return this.#model === undefined ? this.#display : displayOf(this.#model, this.#state, this.#options.strings);
  }

  async #refresh(options: { readonly keep?: string; readonly viewport?: Viewport | undefined }): Promise<boolean> {
    this.#display = this.#build();
    return this.#drawWhen(this.#arrange(this.#display), options);
  }

  async #drawWhen(
    arranged: Promise<Arranged>,
    options: { readonly keep?: string; readonly viewport?: Viewport | undefined },
  ): Promise<boolean> {
    const display = this.#display;
    const layout = await arranged;
    if (layout === 'superseded' || layout === 'failed') return false;
    if (layout === 'cancelled') {
      this.#change({ expanded: [] });
      return this.#refresh({});
    }
    this.#draw(display, layout, {
      ...(options.keep === undefined ? {} : { keep: options.keep }),
      ...(options.viewport === undefined ? {} : { viewport: options.viewport }),
    });
    return true;
  }

  #draw(display: DisplayGraph, layout: LayoutResult, options: ShowOptions): void {
    const view = (this.#view ??= this.#createView());
    view.show(display, layout, options);
    performance.mark('graph/scene');
    if (this.#state.selection !== undefined) view.select([this.#state.selection]);
    if (this.#model !== undefined) this.#breadcrumb.show(crumbsOf(this.#model, shownGraph(this.#model, this.#state)));
    this.#options.onDisplay();
  }

  #createView(): GraphView {
    return createGraphView(this.#drawing, {
      strings: this.#options.strings,
      onSelect: ([key]) => this.#note(key),
      onToggle: (key) => void this.toggle(key).then(() => this.#options.onToggle(key)),
      onActivate: (key) => this.#note(key),
      onViewport: (viewport) => this.#options.onViewport(viewport),
    });
  }

  /** Number of nodes of the shown graph in the file. */
  get nodeCount(): number {
    return this.#model === undefined ? 0 : shownBody(this.#model, this.#state).nodes.length;
  }
}
