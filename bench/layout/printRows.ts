import type { Outcome, Row } from './bench';

/** Prints what was measured of each graph, ours first, peers with what theirs is of ours. */
export function printRows(rows: readonly Row[]): void {
  for (const { model, graph, nodeCount, tensorCount, edgeCount, outcomes } of rows) {
    console.log(`${model}, ${graph}: ${nodeCount} blocks, ${tensorCount} tensors, ${edgeCount} edges`);
    const [ours] = outcomes;
    for (const outcome of outcomes) console.log(`  ${outcome.engine.padEnd(6)} ${textOf(outcome, ours)}`);
  }
}

function textOf({ seconds, metrics, peakMegabytes, gaveUp, engine }: Outcome, ours: Outcome | undefined): string {
  if (!seconds || !metrics) return gaveUp ?? '';
  const times = (key: 'crossings' | 'drawnLength' | 'wayLength' | 'width'): string => {
    const mine = ours?.metrics?.[key] ?? 0;
    return engine === 'ours' || mine === 0 ? '' : ` (${(metrics[key] / mine).toFixed(2)})`;
  };
  return [
    `${seconds.median.toFixed(3)} s (${seconds.low.toFixed(3)} to ${seconds.high.toFixed(3)})`,
    `${(peakMegabytes ?? 0).toFixed(0)} MB`,
    `${metrics.crossings} crossings${times('crossings')}`,
    `drawn ${metrics.drawnLength.toFixed(0)} px${times('drawnLength')}`,
    `ways ${metrics.wayLength.toFixed(0)} px${times('wayLength')}`,
    `${metrics.width.toFixed(0)}${times('width')} x ${metrics.height.toFixed(0)} px`,
  ].join(', ');
}
