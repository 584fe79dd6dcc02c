import type { LayoutGraph } from './types';

/** What is drawn directly in one container (or at the top, -1), and the parts of tensors that run there. */
export interface Level {
  readonly container: number;
  /** Nodes directly inside, in the order of the graph. */
  readonly children: readonly number[];
  readonly parts: readonly EdgePart[];
}

/** The part of an edge that runs in one level. */
export interface EdgePart {
  readonly edge: number;
  /** Child that it comes from; -1 if it enters through the top border. */
  readonly source: number;
  readonly targets: readonly number[];
  /** True if it leaves through the bottom border as well. */
  readonly leaves: boolean;
  /** Targets of the edge that are reached through this level, each with its index in `targets`, or -1 through the exit. */
  readonly reached: readonly (readonly [target: number, index: number])[];
}

interface OpenPart {
  readonly edge: number;
  source: number;
  readonly targets: number[];
  leaves: boolean;
  readonly reached: [number, number][];
}

/** Cuts a graph into levels, the top first and every container before those inside it. */
export function splitLevels(graph: LayoutGraph): Level[] {
  const { parents } = graph;
  const children = new Map<number, number[]>([[-1, []]]);
  for (let node = 0; node < parents.length; node++) {
    const parent = parents[node] ?? -1;
    const list = children.get(parent) ?? [];
    children.set(parent, list);
    list.push(node);
  }
  const parts = cutEdges(graph);
  return [...children.keys()]
    .sort((a, b) => a - b)
    .map((container) => ({ container, children: children.get(container) ?? [], parts: parts.get(container) ?? [] }));
}

function cutEdges({ parents, edges }: LayoutGraph): Map<number, EdgePart[]> {
  const parts = new Map<number, EdgePart[]>();
  const add = (container: number, part: EdgePart) => {
    const list = parts.get(container) ?? [];
    parts.set(container, list);
    list.push(part);
  };
  edges.forEach(({ source, targets }, edge) => {
    const home = parents[source] ?? -1;
    if (targets.every((target) => parents[target] === home)) {
      add(home, { edge, source, targets, leaves: false, reached: targets.map((_, t) => [t, t]) });
      return;
    }
    const open = new Map<number, OpenPart>();
    const partIn = (container: number): OpenPart => {
      const known = open.get(container);
      if (known) return known;
      const part: OpenPart = { edge, source: -1, targets: [], leaves: false, reached: [] };
      open.set(container, part);
      return part;
    };
    /** Containers around the source, each with the child of it that holds the source. */
    const around = new Map<number, number>();
    for (let child = source; ;) {
      const parent = parents[child] ?? -1;
      around.set(parent, child);
      if (parent < 0) break;
      child = parent;
    }
    targets.forEach((target, t) => {
      let child = target;
      let container = parents[child] ?? -1;
      while (!around.has(container)) {
        reach(partIn(container), child, t);
        child = container;
        container = parents[child] ?? -1;
      }
      const common = partIn(container);
      common.source = around.get(container) ?? source;
      reach(common, child, t);
      for (let inner = parents[source] ?? -1; inner !== container; inner = parents[inner] ?? -1) {
        const part = partIn(inner);
        part.source = around.get(inner) ?? source;
        part.leaves = true;
        part.reached.push([t, -1]);
      }
    });
    for (const [container, part] of open) add(container, part);
  });
  return parts;
}

function reach(part: OpenPart, child: number, target: number): void {
  let index = part.targets.indexOf(child);
  if (index < 0) index = part.targets.push(child) - 1;
  part.reached.push([target, index]);
}
