/**
 * Strongly connected components of a graph given by its successors, in topological order of the components
 * (Tarjan, 1972, without recursion). Numbers in a component ascend.
 */
export function stronglyConnected(successors: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const count = successors.length;
  const order = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const isOpen = new Uint8Array(count);
  const next = new Int32Array(count);
  const open: number[] = [];
  const path: number[] = [];
  const found: number[][] = [];
  let counter = 0;
  for (let root = 0; root < count; root++) {
    if (order[root] !== -1) continue;
    path.push(root);
    while (path.length > 0) {
      const current = path[path.length - 1] ?? 0;
      if (order[current] === -1) {
        order[current] = low[current] = counter++;
        open.push(current);
        isOpen[current] = 1;
      }
      const list = successors[current] ?? [];
      const position = next[current] ?? 0;
      if (position < list.length) {
        next[current] = position + 1;
        const target = list[position] ?? 0;
        if (order[target] === -1) path.push(target);
        else if (isOpen[target] === 1) low[current] = Math.min(low[current] ?? 0, order[target] ?? 0);
        continue;
      }
      path.pop();
      const caller = path[path.length - 1];
      if (caller !== undefined) low[caller] = Math.min(low[caller] ?? 0, low[current] ?? 0);
      if (low[current] === order[current]) found.push(closeComponent(open, isOpen, current));
    }
  }
  return found.reverse();
}

function closeComponent(open: number[], isOpen: Uint8Array, root: number): number[] {
  const members = open.splice(open.lastIndexOf(root));
  for (const member of members) isOpen[member] = 0;
  return members.sort((first, second) => first - second);
}
