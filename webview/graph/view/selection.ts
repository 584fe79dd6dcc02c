import type { Scene } from '../scene/buildScene';
import type { Hit } from '../scene/hitTest';
import { relationsOf, type Relations } from '../scene/relations';
import { flip, indices, sameHit } from './viewParts';

/** What is selected and what the pointer is over, the wires that light up with them, and what is coupled to them. */
export interface Selection {
  readonly items: () => ReadonlySet<number>;
  readonly edges: () => ReadonlySet<number>;
  readonly keys: () => readonly string[];
  readonly relations: () => Relations;
  /** The items that lose channels together with what is selected. */
  readonly coupled: () => ReadonlySet<number>;
  readonly setCoupled: (keys: ReadonlySet<string> | undefined) => void;
  /** Takes a new scene; what is selected stays so by key. */
  readonly setScene: (scene: Scene) => void;
  readonly set: (items: readonly number[], edges: readonly number[]) => void;
  readonly setKeys: (keys: readonly string[]) => void;
  /** Selects what was pressed, or nothing; `extend` adds it or takes it out. */
  readonly press: (hit: Hit | undefined, extend: boolean) => void;
  /** Returns false where the pointer was over the same thing before. */
  readonly hover: (hit: Hit | undefined) => boolean;
}

/** Creates an empty selection. */
export function createSelection(): Selection {
  let scene: Scene | undefined;
  let items: ReadonlySet<number> = new Set();
  let edges: ReadonlySet<number> = new Set();
  let hovered: Hit | undefined;
  let relations: Relations | undefined;
  let coupledKeys: readonly string[] = [];
  let coupled: ReadonlySet<number> = new Set();

  function set(nextItems: Iterable<number>, nextEdges: Iterable<number>): void {
    items = new Set(nextItems);
    edges = new Set(nextEdges);
    relations = undefined;
  }

  function keys(): readonly string[] {
    const itemKeys = [...items].map((item) => scene?.display.items[item]?.key);
    const edgeKeys = [...edges].map((edge) => scene?.display.edges[edge]?.key);
    return [...itemKeys, ...edgeKeys].filter((key) => key !== undefined);
  }

  function setKeys(wanted: readonly string[]): void {
    if (scene) set(indices(wanted, scene.itemByKey), indices(wanted, scene.edgeByKey));
  }

  function related(): Relations {
    if (!scene) return { pieces: new Set(), items: new Set() };
    const overItems = hovered?.kind === 'item' ? [hovered.item] : [];
    const overEdges = hovered?.kind === 'edge' ? [hovered.edge] : [];
    return relationsOf(scene, [...items, ...overItems], [...edges, ...overEdges]);
  }

  function findCoupled(): void {
    coupled = new Set(scene === undefined ? [] : indices(coupledKeys, scene.itemByKey));
  }

  return {
    items: () => items,
    edges: () => edges,
    keys,
    relations: () => (relations ??= related()),
    coupled: () => coupled,
    setCoupled: (keys) => {
      coupledKeys = [...(keys ?? [])];
      findCoupled();
    },
    setScene: (next) => {
      const kept = keys();
      scene = next;
      hovered = undefined;
      setKeys(kept);
      findCoupled();
    },
    set,
    setKeys,
    press: (hit, extend) => {
      const pressedItems = hit?.kind === 'item' ? [hit.item] : [];
      const pressedEdges = hit?.kind === 'edge' ? [hit.edge] : [];
      set(extend ? flip(items, pressedItems) : pressedItems, extend ? flip(edges, pressedEdges) : pressedEdges);
    },
    hover: (hit) => {
      const lights = hit?.kind === 'item' && hit.part === 'ground' ? undefined : hit;
      if (sameHit(lights, hovered)) return false;
      hovered = lights;
      relations = undefined;
      return true;
    },
  };
}
