import { element } from '../../ui/dom';
import { itemRect, type Scene } from '../scene/buildScene';
import type { Decoration } from '../scene/decoration';
import { edgeLabelWidth, METRICS } from '../scene/measure';
import type { Relations } from '../scene/relations';
import type { Rect } from '../scene/buildScene';
import type { Transform } from '../scene/viewport';
import { createBlock, createContainerTitle, createEdgeLabel } from './blockElement';

/** Elements of what was in view a moment ago that are kept, since people pan back and forth. */
const KEPT_ELEMENTS = 600;
/** Elements are made for this much around the view, in CSS pixels of the scene, so that small moves need none. */
const MARGIN = 120;

/** What is highlighted. */
export interface Lit {
  /** What is selected. */
  readonly items: ReadonlySet<number>;
  readonly edges: ReadonlySet<number>;
  readonly relations: Relations;
  /** The items that lose channels together with the selected ones. */
  readonly coupled: ReadonlySet<number>;
}

/** Draws what is in view as elements, and only that. */
export interface NearLayer {
  readonly root: HTMLElement;
  /** A new scene or decoration: all elements are made anew. */
  readonly reset: (scene: Scene, decoration: Decoration) => void;
  readonly update: (visible: Rect, transform: Transform) => void;
  readonly highlight: (lit: Lit) => void;
  readonly hide: () => void;
}

/** Creates the layer; `countText` says how many nodes a container holds. */
export function createNearLayer(countText: (count: number) => string): NearLayer {
  const root = element('div', { class: 'graph-layer', 'aria-hidden': 'true' });
  root.hidden = true;
  let scene: Scene | undefined;
  let decoration: Decoration = {};
  let shown = new Map<number, HTMLElement>();
  let kept = new Map<number, HTMLElement>();
  let lit: Lit = {
    items: new Set(),
    edges: new Set(),
    relations: { pieces: new Set(), items: new Set() },
    coupled: new Set(),
  };

  /** Items are numbered as they are; labels of edges follow them. */
  function make(current: Scene, id: number): HTMLElement | undefined {
    const { display, layout } = current;
    const item = display.items[id];
    if (item) {
      const rect = itemRect(current, id);
      const made = item.expanded
        ? createContainerTitle(item, item.nodeCount > 1 ? countText(item.nodeCount) : '', decoration)
        : createBlock(item, decoration);
      made.style.transform = `translate(${rect.x}px, ${rect.y}px)`;
      made.style.width = `${rect.width}px`;
      if (!item.expanded) made.style.height = `${rect.height}px`;
      return made;
    }
    const e = id - display.items.length;
    const edge = display.edges[e];
    if (!edge) return undefined;
    const made = createEdgeLabel(edge);
    const [x, y] = [layout.labels[2 * e] ?? 0, layout.labels[2 * e + 1] ?? 0];
    made.style.transform = `translate(${x - edgeLabelWidth(edge) / 2}px, ${y - METRICS.labelHeight / 2}px)`;
    made.style.width = `${edgeLabelWidth(edge)}px`;
    return made;
  }

  function setClasses(id: number, node: HTMLElement): void {
    const items = scene?.display.items.length ?? 0;
    node.classList.toggle('selected', id < items ? lit.items.has(id) : lit.edges.has(id - items));
    node.classList.toggle('related', id < items && lit.relations.items.has(id) && !lit.items.has(id));
    node.classList.toggle('coupled', id < items && lit.coupled.has(id) && !lit.items.has(id));
  }

  return {
    root,
    reset: (next, nextDecoration) => {
      scene = next;
      decoration = nextDecoration;
      shown = new Map();
      kept = new Map();
      root.replaceChildren();
    },
    update: (visible, transform) => {
      if (!scene) return;
      root.hidden = false;
      root.style.transform = `translate(${transform.x}px, ${transform.y}px) scale(${transform.scale})`;
      const next = new Map<number, HTMLElement>();
      const entering: HTMLElement[] = [];
      for (const id of idsIn(scene, visible)) {
        const present = shown.get(id);
        const node = present ?? kept.get(id) ?? make(scene, id);
        if (!node) continue;
        next.set(id, node);
        if (present) continue;
        kept.delete(id);
        setClasses(id, node);
        entering.push(node);
      }
      for (const [id, node] of shown) {
        if (next.has(id)) continue;
        node.remove();
        kept.set(id, node);
      }
      for (const id of kept.keys()) {
        if (kept.size <= KEPT_ELEMENTS) break;
        kept.delete(id);
      }
      shown = next;
      if (entering.length > 0) root.append(...entering);
    },
    highlight: (next) => {
      lit = next;
      for (const [id, node] of shown) setClasses(id, node);
    },
    hide: () => {
      root.hidden = true;
    },
  };
}

function idsIn(scene: Scene, visible: Rect): number[] {
  const [left, top] = [visible.x - MARGIN, visible.y - MARGIN];
  const [right, bottom] = [visible.x + visible.width + MARGIN, visible.y + visible.height + MARGIN];
  const ids = scene.leafIndex.search(left, top, right, bottom).map((entry) => scene.leaves[entry] ?? 0);
  for (const container of scene.containers) {
    const rect = itemRect(scene, container);
    if (rect.x > right || rect.y > bottom) continue;
    if (rect.x + rect.width < left || rect.y + METRICS.containerHeader < top) continue;
    ids.push(container);
  }
  const first = scene.display.items.length;
  for (const entry of scene.labelIndex.search(left, top, right, bottom))
    ids.push(first + (scene.labelEdges[entry] ?? 0));
  return ids;
}
