import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spreadOf } from '../../src/util/stats';
import type { Spread } from '../../src/protocol';

/** Repeats per model and program; the first, which brings the structure into the page cache, is not counted. */
const REPEATS = 7;
const MODELS = ['resnet18', 'mlp', 'mlp-external'];
/** The peer: the reference implementation's own reader, without external data. */
const PEER = `
import json, resource, sys
import onnx
model = onnx.load(sys.argv[1], load_external_data=False)
nodes = len(model.graph.node)
print(json.dumps({"peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "nodeCount": nodes}))
`;

/** What one program needed for one model: the whole process, start included. */
interface Cost {
  readonly seconds: Spread;
  readonly peakMegabytes: number;
}

interface Row {
  readonly model: string;
  readonly ours: Cost;
  readonly peer?: Cost;
  /** Peer's seconds over ours, pair by pair. */
  readonly ratio?: Spread;
}

/** Measures `inspect` on the models that are there, next to Python's `onnx.load`. */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const { values } = parseArgs({
    strict: false,
    options: { models: { type: 'string', default: 'bench/models/out' } },
  });
  const folder = String(values.models);
  const present = MODELS.filter((model) => existsSync(join(folder, `${model}.onnx`)));
  const missing = MODELS.filter((model) => !present.includes(model));
  const hasPeer = spawnSync('python3', ['-c', 'import onnx']).status === 0;
  const rows = present.map((model) => measure(model, join(folder, `${model}.onnx`), hasPeer));
  const missingPeers = hasPeer ? [] : ['onnx (Python)'];
  if (json) console.log(JSON.stringify({ rows, missingModels: missing, missingPeers }));
  else print(rows, missing, missingPeers);
}

function measure(model: string, path: string, hasPeer: boolean): Row {
  const ours: number[] = [];
  const peer: number[] = [];
  let oursPeak = 0;
  let peerPeak = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const mine = timed(process.execPath, [join(__dirname, 'worker.js'), path]);
    const other = hasPeer ? timed('python3', ['-c', PEER, path]) : undefined;
    if (repeat === 0) continue;
    ours.push(mine.seconds);
    oursPeak = Math.max(oursPeak, mine.peakMegabytes);
    if (!other) continue;
    peer.push(other.seconds);
    peerPeak = Math.max(peerPeak, other.peakMegabytes);
  }
  return {
    model,
    ours: { seconds: spreadOf(ours), peakMegabytes: oursPeak },
    ...(hasPeer
      ? {
          peer: { seconds: spreadOf(peer), peakMegabytes: peerPeak },
          ratio: spreadOf(peer.map((seconds, i) => seconds / (ours[i] ?? NaN))),
        }
      : {}),
  };
}

function timed(program: string, args: readonly string[]): { seconds: number; peakMegabytes: number } {
  const started = performance.now();
  const output = execFileSync(program, args, { encoding: 'utf8' });
  const { peakMegabytes } = JSON.parse(output) as { peakMegabytes: number }; // what both programs print
  return { seconds: (performance.now() - started) / 1000, peakMegabytes };
}

function print(rows: readonly Row[], missingModels: readonly string[], missingPeers: readonly string[]): void {
  for (const { model, ours, peer, ratio } of rows) {
    console.log(`${model}: ${costText(ours)}`);
    if (peer && ratio) console.log(`  onnx.load: ${costText(peer)}; ${ratio.median.toFixed(2)} times ours`);
  }
  for (const model of missingModels) console.log(`Missing model: ${model} (node bench/models/make.mjs ${model})`);
  for (const peer of missingPeers) console.log(`Missing peer: ${peer}`);
}

function costText({ seconds, peakMegabytes }: Cost): string {
  return `${seconds.median.toFixed(2)} s (${seconds.low.toFixed(2)} to ${seconds.high.toFixed(2)}), ${peakMegabytes.toFixed(0)} MB`;
}
