// Stands for the engine: reads the graph of a model when asked, and says how much memory that took.
import { loadGraph } from '../../src/recipe/graph/loadGraph';

export interface LoadedMessage {
  readonly json: string;
  readonly peakMegabytes: number;
}

process.on('message', (path: string) => {
  void loadGraph(path).then((document) => {
    const json = JSON.stringify(document);
    const peakMegabytes = process.resourceUsage().maxRSS / 1024;
    process.send?.({ json, peakMegabytes } satisfies LoadedMessage, () => process.exit());
  });
});
process.send?.('ready');
