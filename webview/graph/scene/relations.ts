import { edgesOf, isWithin, type Scene } from './buildScene';

/** What lights up with something: pieces of wires, and the items at their ends. */
export interface Relations {
  readonly pieces: ReadonlySet<number>;
  readonly items: ReadonlySet<number>;
}

/** Collects the wires of items and of edges, each from its source all the way to the targets concerned. */
export function relationsOf(scene: Scene, items: Iterable<number>, edges: Iterable<number>): Relations {
  const pieces = new Set<number>();
  const touched = new Set<number>();
  const add = (edge: number, concerns: (target: number) => boolean): void => {
    const { source, targets } = scene.display.edges[edge] ?? { source: -1, targets: [] };
    targets.forEach((target, t) => {
      if (!concerns(target)) return;
      for (const piece of scene.layout.paths[edge]?.[t] ?? []) pieces.add(piece);
      touched.add(source).add(target);
    });
  };
  for (const edge of edges) add(edge, () => true);
  for (const item of items) {
    if (scene.display.items[item]?.expanded) addCrossing(scene, item, add);
    else {
      for (const edge of edgesOf(scene.outgoing, item)) add(edge, () => true);
      for (const edge of edgesOf(scene.incoming, item)) add(edge, (target) => target === item);
    }
  }
  return { pieces, items: touched };
}

/** Of an open container: only the wires that go in or come out. */
function addCrossing(
  scene: Scene,
  container: number,
  add: (edge: number, concerns: (target: number) => boolean) => void,
) {
  const inside = new Set([...scene.leaves].filter((leaf) => isWithin(scene, leaf, container)));
  for (const leaf of inside) {
    for (const edge of edgesOf(scene.outgoing, leaf)) add(edge, (target) => !inside.has(target));
    for (const edge of edgesOf(scene.incoming, leaf)) {
      if (!inside.has(scene.display.edges[edge]?.source ?? -1)) add(edge, (target) => target === leaf);
    }
  }
}
