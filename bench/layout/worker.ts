import { readFileSync, writeFileSync } from 'node:fs';
import { layoutWith, type Engine } from './engines';
import { parseGraph } from './modelGraph';

// Lays out one graph with one engine in a process of its own, as it is when a panel opens: nothing is warmed up.
const [engine = 'ours', input = '', output = '', peers = ''] = process.argv.slice(2);
const graph = parseGraph(readFileSync(input, 'utf8'));
void layoutWith(engine as Engine, graph, peers).then((timed) => {
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  writeFileSync(output, JSON.stringify({ ...timed, peakMegabytes }));
});
