import type { GraphMapping } from '../../protocol';
import { reportOfOutput, reportsOfSource, type FoundReport } from './findReports';
import { sameFile } from './sameFile';

/**
 * Which nodes of one model became which of the other, from the report of the run that made one of them from the
 * other; null where no report says so.
 */
export function graphMapping(first: string, second: string): GraphMapping | null {
  const forward = pairsBetween(first, second);
  if (forward) return { from: 'report', pairs: forward };
  const backward = pairsBetween(second, first);
  if (!backward) return null;
  return { from: 'report', pairs: backward.map((pair) => ({ first: pair.second, second: pair.first })) };
}

function pairsBetween(source: string, output: string): GraphMapping['pairs'] | undefined {
  const report = reportOf(source, output)?.report;
  const mapping = report?.mapping ?? report?.quantization?.mapping;
  return mapping?.map(({ source: node, targets }) => ({ first: [node], second: targets }));
}

function reportOf(source: string, output: string): FoundReport | undefined {
  const own = reportOfOutput(output);
  if (own && sameFile(own.report.source.path, source, own.path)) return own;
  return reportsOfSource(source).find((found) => sameFile(found.report.output.path, output, found.path));
}
