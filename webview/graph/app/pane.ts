import type { GraphDocument, GraphShapes, GraphStrings, NodeRef, Side, TensorRef } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { fill, type Formats } from '../../ui/format';
import type { Subject } from '../inspector/context';
import type { LayoutResult } from '../layout/types';
import type { DisplayGraph } from '../model/display';
import { graphAt, nodeRefOf, tensorNumber } from '../model/documentIndex';
import { findItemOfNode } from '../model/findItem';
import { toLayoutGraph } from '../scene/measure';
import type { Viewport } from '../view/camera';
import { createGraphView, type GraphView, type ShowOptions } from '../view/graphView';
import { createArranger, type Arrange, type Arranged } from './arranger';
import { createBreadcrumb } from './breadcrumb';
import {
  allGroupKeys,
  createGraphModel,
  crumbsOf,
  displayOf,
  expandedKeys,
  keysAround,
  shownGraph,
  subjectOf,
  tensorKey,
  withShapes,
  type GraphModel,
} from './graphModel';
import type { SideState } from './state';

export interface PaneOptions {
  readonly side: Side;
  /** Name of the model, where two are side by side. */
  readonly title?: string;
  readonly strings: GraphStrings;
  readonly formats: Formats;
  readonly arrange: Arrange;
  readonly state: SideState;
  /** True while an overlay writes figures on the blocks, which need room for them. */
  readonly hasFigures: () => boolean;
  readonly onState: (state: SideState) => void;
  /** Another graph is drawn: overlays, marks, table and outline follow. */
  readonly onDisplay: () => void;
  readonly onSelect: (key: string | undefined) => void;
  /** A person opened or closed a group. */
  readonly onToggle: (key: string) => void;
  readonly onViewport: (viewport: Viewport) => void;
  readonly announce: (text: string) => void;
}

/** One model in the panel: its document, the graph that is drawn of it, and the view that draws it. */
export class GraphPane {
  readonly element: HTMLElement;
  readonly side: Side;
  readonly #options: PaneOptions;
  readonly #drawing = element('div', { class: 'drawing' });
  readonly #breadcrumb: ReturnType<typeof createBreadcrumb>;
  readonly #arrange: (display: DisplayGraph) => Promise<Arranged>;
  #state: SideState;
  #model: GraphModel | undefined;
  #display: DisplayGraph = { items: [], edges: [] };
  #view: GraphView | undefined;

  constructor(options: PaneOptions) {
    const { strings, formats } = options;
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
    const arrange = createArranger(options.arrange, this.#drawing, strings, formats);
    this.#arrange = (display) => arrange(toLayoutGraph(display, options.hasFigures()), display.items.length);
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
    // `draw` handles a failure; until it is called there is nobody else to do so.
    arranged.catch(() => undefined);
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

  /** Selects and shows an item, edge or tensor by key, opening what hides it; false where there is none. */
  async reveal(key: string): Promise<boolean> {
    const body = /^graph:(\d+)$/.exec(key);
    if (body !== null) {
      await this.openGraph(Number(body[1]));
      return true;
    }
    const node = /n:(\d+)\/(\d+)$/.exec(key);
    const tensor = /^t:(\d+)\/(\d+)$/.exec(key);
    if (this.#isShown(key)) return this.#revealShown(key);
    if (node !== null) return this.revealNode({ graph: Number(node[1]), node: Number(node[2]) });
    if (tensor !== null) return this.revealTensor({ graph: Number(tensor[1]), tensor: Number(tensor[2]) });
    const boundary = /[io]:(\d+)\/\d+$/.exec(key);
    if (boundary !== null) await this.openGraph(Number(boundary[1]));
    const group = this.#model?.groups.flatMap(({ groups }) => groups).find((candidate) => candidate.key === key);
    const tree = this.#model?.groups.find(({ groups }) => groups.some((candidate) => candidate.key === key));
    const [member] = group?.members ?? [];
    if (tree === undefined || member === undefined) return this.#isShown(key) && this.#revealShown(key);
    await this.#open({ graph: tree.graph, node: member }, (around) => around.slice(0, around.indexOf(key)));
    return this.#revealShown(key);
  }

  /** Selects and shows a node, or what it is folded into, opening the groups and bodies that hide it. */
  async revealNode(node: NodeRef): Promise<boolean> {
    let key = this.#keyOf(node);
    if (key === undefined || this.#isClosed(key, node)) {
      await this.#open(node, (around) => around);
      key = this.#keyOf(node);
    }
    return key !== undefined && this.#revealShown(key);
  }

  /** Selects a tensor, and shows its edge, or the node that reads or makes it. */
  async revealTensor(tensor: TensorRef): Promise<boolean> {
    const { index } = this.#model ?? {};
    if (index === undefined) return false;
    const number = tensorNumber(index, tensor);
    const is = (ref: TensorRef | undefined): boolean => ref !== undefined && tensorNumber(index, ref) === number;
    const found = (): string | undefined =>
      this.#display.edges.find((edge) => is(edge.tensor))?.key ??
      this.#display.items.find((item) => is(item.tensor))?.key;
    const shown = found();
    if (shown !== undefined) return this.#revealShown(shown);
    const [reader = index.producer[number] ?? -1] = index.readers[number] ?? [];
    if (reader >= 0) await this.revealNode(nodeRefOf(index, reader));
    // Opening what hides the reader may have brought the edge.
    const opened = found();
    if (opened !== undefined) return this.#revealShown(opened);
    this.#note(tensorKey(tensor));
    return true;
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

  #isShown(key: string): boolean {
    return this.#display.items.some((item) => item.key === key) || this.#display.edges.some((edge) => edge.key === key);
  }

  #revealShown(key: string): boolean {
    this.#view?.select([key], { reveal: true });
    this.#note(key);
    return true;
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

  /** Key of what stands for a node in what is drawn. */
  #keyOf(node: NodeRef): string | undefined {
    if (this.#model === undefined) return undefined;
    const found = findItemOfNode(this.#model.document, this.#display, node);
    if (found === undefined) return undefined;
    return found.kind === 'edge' ? this.#display.edges[found.edge]?.key : this.#display.items[found.item]?.key;
  }

  /** True where a node is in a closed group. */
  #isClosed(key: string, node: NodeRef): boolean {
    const item = this.#display.items.find((candidate) => candidate.key === key);
    return item?.kind === 'group' && item.members.some((member) => isSame(member, node));
  }

  /** Expands what `choose` keeps of what is around a node; goes to the graph of the node where it is not around it. */
  async #open(node: NodeRef, choose: (around: readonly string[]) => readonly string[]): Promise<void> {
    if (this.#model === undefined) return;
    const shown = shownGraph(this.#model, this.#state);
    if (keysAround(this.#model, shown, node) === undefined) await this.openGraph(0);
    const around = keysAround(this.#model, shownGraph(this.#model, this.#state), node) ?? [];
    const before = this.#expanded();
    const expanded = [...new Set([...before, ...choose(around)])];
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
    let layout: Arranged;
    try {
      layout = await arranged;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.announce(fill(this.#options.strings.layoutFailed, reason));
      return false;
    }
    if (layout === 'superseded') return false;
    if (layout === 'cancelled') {
      this.#options.announce(this.#options.strings.layoutCancelled);
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
    return this.#model === undefined
      ? 0
      : graphAt(this.#model.document, shownGraph(this.#model, this.#state)).nodes.length;
  }
}

function isSame(a: NodeRef, b: NodeRef): boolean {
  return a.node === b.node && a.graph === b.graph;
}
