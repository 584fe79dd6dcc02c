/** Elements to begin with; the arrays double when they are full. */
const INITIAL_CAPACITY = 1 << 16;

/**
 * Disjoint sets of elements (union-find with path halving and union by size) in flat arrays. A set may be frozen, with
 * the number of a reason, and may be marked as one whose removal is not the same as masking.
 */
export class ElementSets {
  private parent = new Int32Array(INITIAL_CAPACITY);
  private size = new Int32Array(INITIAL_CAPACITY);
  private reason = new Int32Array(INITIAL_CAPACITY);
  private inexact = new Uint8Array(INITIAL_CAPACITY);
  private used = 0;

  /** How many elements there are. */
  get count(): number {
    return this.used;
  }

  /** Adds `count` elements, each a set of its own, and returns the first. */
  add(count: number): number {
    const first = this.used;
    this.used += count;
    if (this.used > this.parent.length) this.grow();
    for (let element = first; element < this.used; element++) {
      this.parent[element] = element;
      this.size[element] = 1;
    }
    return first;
  }

  /** The element that stands for the set of `element`. */
  find(element: number): number {
    const { parent } = this;
    let at = element;
    for (let up = parent[at] as number; up !== at; up = parent[at] as number) {
      const next = parent[up] as number;
      parent[at] = next;
      at = next;
    }
    return at;
  }

  /** Makes one set of two. The reason of the first frozen one stays. */
  union(a: number, b: number): void {
    let root = this.find(a);
    let other = this.find(b);
    if (root === other) return;
    if ((this.size[root] as number) < (this.size[other] as number)) [root, other] = [other, root];
    this.parent[other] = root;
    this.size[root] = (this.size[root] as number) + (this.size[other] as number);
    if (this.reason[root] === 0) this.reason[root] = this.reason[other] as number;
    if (this.inexact[other] === 1) this.inexact[root] = 1;
  }

  /** Freezes the set of an element; `reason` is above 0. */
  freeze(element: number, reason: number): void {
    const root = this.find(element);
    if (this.reason[root] === 0) this.reason[root] = reason;
  }

  /** Why the set of an element is frozen; 0 when it is not. */
  reasonOf(element: number): number {
    return this.reason[this.find(element)] as number;
  }

  /** Marks the set of an element as one whose removal is not the same as masking. */
  markInexact(element: number): void {
    this.inexact[this.find(element)] = 1;
  }

  /** True when removal of the set of an element is the same as masking it. */
  isExact(element: number): boolean {
    return this.inexact[this.find(element)] === 0;
  }

  private grow(): void {
    let capacity = this.parent.length;
    while (capacity < this.used) capacity *= 2;
    const enlarge = (array: Int32Array): Int32Array => {
      const larger = new Int32Array(capacity);
      larger.set(array);
      return larger;
    };
    this.parent = enlarge(this.parent) as Int32Array<ArrayBuffer>;
    this.size = enlarge(this.size) as Int32Array<ArrayBuffer>;
    this.reason = enlarge(this.reason) as Int32Array<ArrayBuffer>;
    const inexact = new Uint8Array(capacity);
    inexact.set(this.inexact);
    this.inexact = inexact;
  }
}
