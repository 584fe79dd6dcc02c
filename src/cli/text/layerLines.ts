import type { LayerKept, RewriteRecord } from '../../protocol';
import { formatCount, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { indented } from './figures';

/** Reasons for keeping layers that are listed; the report has every layer. */
const LISTED_REASONS = 8;

/** By reason: how many nodes, one of them by name. */
export function keptLines(layers: readonly LayerKept[]): string[] {
  const groups = [...groupBy(layers, ({ reason }) => reason)].sort(([, a], [, b]) => b.length - a.length);
  const rows = groups
    .slice(0, LISTED_REASONS)
    .map(([reason, nodes]) => [formatCount(nodes.length), operatorCounts(nodes), reason]);
  const hidden = groups.slice(LISTED_REASONS).reduce((sum, [, nodes]) => sum + nodes.length, 0);
  return [
    ...tableLines(rows),
    ...(hidden > 0 ? [`  and ${formatQuantity(hidden, 'node')} for other reasons, listed in the report`] : []),
  ];
}

/** Rewrites that changed outputs, and why they were taken back. */
export function undoneLines(rewrites: readonly RewriteRecord[]): string[] {
  return rewrites
    .filter(({ kept, changes }) => !kept && changes > 0)
    .map(({ pass, reason }) => `  ${pass}${reason === undefined ? '' : `: ${reason}`}`);
}

/** `12 Conv, 1 Gemm`, or just the operator where all nodes are of one. */
export function operatorCounts(nodes: readonly { readonly opType: string }[]): string {
  const groups = [...groupBy(nodes, ({ opType }) => opType)];
  const [only] = groups;
  if (only && groups.length === 1) return only[0];
  return groups
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([opType, members]) => `${formatCount(members.length)} ${opType}`)
    .join(', ');
}

/** Rows as aligned lines, the first column to the right. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : indented(textTable(rows, ['right']));
}

/** Items by a key, in the order in which keys appear. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
