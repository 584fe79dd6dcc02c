import { statSync } from 'node:fs';
import type { GraphPrunedGroup } from '../../protocol';
import { reportOfOutput } from './findReports';

/**
 * The groups of coupled channels that a node belongs to, from the report of the pruning that wrote the model. Empty
 * where there is none, or the file is not what that run wrote any more. Groups that lost nothing are left out.
 */
export function prunedGroups(path: string, node: string): readonly GraphPrunedGroup[] {
  const report = reportOfOutput(path)?.report;
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size;
  if (report?.output.sizeBytes !== sizeBytes) return [];
  return (report?.channels?.groups ?? []).flatMap(({ group, nodes, units, removed }) =>
    removed.length > 0 && nodes.includes(node) ? [{ group, nodes, channels: units, removed: removed.length }] : [],
  );
}
