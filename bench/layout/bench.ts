import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Spread } from '../../src/protocol';
import { spreadOf } from '../../src/util/stats';
import type { LayoutGraph } from '../../webview/graph/layout/types';
import type { Drawing } from './drawing';
import { ENGINES, PEER_PACKAGES, type Engine } from './engines';
import { measureDrawing, type Metrics } from './metrics';
import { readModelGraphs, writeGraph } from './modelGraph';
import { drawDetail, drawWhole } from './picture';
import { printRows } from './printRows';

const MODELS = ['resnet50', 'googlenet', 'yolo', 'densenet201', 'transformer24', 'transformer10k'];
/** Repeats of a layout; a peer that took longer than this many seconds is not repeated. */
const REPEATS = 5;
const TOO_LONG_TO_REPEAT = 5;

/** What one engine made of one graph. */
export interface Outcome {
  readonly engine: Engine;
  readonly seconds?: Spread;
  readonly peakMegabytes?: number;
  readonly metrics?: Metrics;
  /** Why there are no figures. */
  readonly gaveUp?: string;
}

export interface Row {
  readonly model: string;
  /** `flat`: every node on its own; `grouped` and `collapsed`, by the panel's groups, are ours alone. */
  readonly graph: 'flat' | 'grouped' | 'collapsed';
  readonly nodeCount: number;
  readonly tensorCount: number;
  readonly edgeCount: number;
  readonly outcomes: readonly Outcome[];
}

interface Answer {
  readonly seconds: number;
  readonly drawing: Drawing;
  readonly peakMegabytes: number;
}

/** Compares our layout with dagre and elkjs: time, crossings, lengths, size; each run in a process of its own. */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const { values } = parseArgs({
    strict: false,
    options: {
      models: { type: 'string', default: 'bench/models/out' },
      only: { type: 'string', default: '' },
      peers: { type: 'string', default: '' },
      limit: { type: 'string', default: '60' },
      pictures: { type: 'boolean', default: false },
      json: { type: 'boolean' },
    },
  });
  const folder = String(values.models);
  const wanted = values.only === '' ? MODELS : String(values.only).split(',');
  const missingModels = wanted.filter((model) => !existsSync(join(folder, `${model}.onnx`)));
  const peers = String(values.peers);
  const missingPeers = Object.values(PEER_PACKAGES).filter(
    (name) => peers === '' || !existsSync(join(peers, 'node_modules', name)),
  );
  const engines = ENGINES.filter((engine) => engine === 'ours' || !missingPeers.includes(PEER_PACKAGES[engine]));
  const settings = { peers, limitSeconds: Number(values.limit), pictures: values.pictures === true };

  const rows: Row[] = [];
  for (const model of wanted.filter((name) => !missingModels.includes(name))) {
    const graphs = await readModelGraphs(join(folder, `${model}.onnx`));
    rows.push(await measureGraph(model, 'flat', graphs.flat, engines, settings));
    rows.push(await measureGraph(model, 'grouped', graphs.grouped, ['ours'], settings));
    rows.push(await measureGraph(model, 'collapsed', graphs.collapsed, ['ours'], settings));
    if (!json) printRows(rows.slice(-3));
  }
  if (json) console.log(JSON.stringify({ rows, missingModels, missingPeers, limitSeconds: settings.limitSeconds }));
  for (const model of missingModels) console.error(`Missing model: ${model} (node bench/models/make.mjs ${model})`);
  for (const name of missingPeers)
    console.error(`Missing peer: ${name} (npm install ${name} in DIR, then --peers DIR)`);
}

interface Settings {
  readonly peers: string;
  readonly limitSeconds: number;
  readonly pictures: boolean;
}

async function measureGraph(
  model: string,
  kind: Row['graph'],
  graph: LayoutGraph,
  engines: readonly Engine[],
  settings: Settings,
): Promise<Row> {
  const seconds = new Map<Engine, number[]>(engines.map((engine) => [engine, []]));
  const answers = new Map<Engine, Answer | string>();
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const engine of engines) {
      const before = answers.get(engine);
      const isSlow = typeof before === 'string' || (before && before.seconds > TOO_LONG_TO_REPEAT);
      if (repeat > 0 && isSlow) continue;
      const answer = runWorker(engine, graph, settings);
      answers.set(engine, answer);
      if (typeof answer !== 'string') seconds.get(engine)?.push(answer.seconds);
    }
  }
  const outcomes: Outcome[] = [];
  for (const engine of engines) {
    const answer = answers.get(engine) ?? 'not run';
    if (typeof answer === 'string') {
      outcomes.push({ engine, gaveUp: answer });
      continue;
    }
    outcomes.push({
      engine,
      seconds: spreadOf(seconds.get(engine) ?? []),
      peakMegabytes: answer.peakMegabytes,
      metrics: measureDrawing(answer.drawing),
    });
    if (settings.pictures) await drawPictures(answer.drawing, graph, `out/layout/${model}-${kind}-${engine}`);
  }
  const edgeCount = graph.edges.reduce((sum, { targets }) => sum + targets.length, 0);
  const counts = { nodeCount: graph.parents.length, tensorCount: graph.edges.length, edgeCount };
  return { model, graph: kind, ...counts, outcomes };
}

/** Runs one layout in a process of its own; returns why if there is none. */
function runWorker(engine: Engine, graph: LayoutGraph, { peers, limitSeconds }: Settings): Answer | string {
  const folder = mkdtempSync(join(tmpdir(), 'layout-'));
  try {
    const [input, output] = [join(folder, 'graph.json'), join(folder, 'drawing.json')];
    writeFileSync(input, writeGraph(graph));
    const options = ['--stack-size=4000', '--max-old-space-size=8192', join(__dirname, 'worker.js')];
    const { error, status, stderr } = spawnSync(process.execPath, [...options, engine, input, output, peers], {
      timeout: limitSeconds * 1000,
      encoding: 'utf8',
    });
    if (error && 'code' in error && error.code === 'ETIMEDOUT') return `gave up after ${limitSeconds} s`;
    if (status !== 0) return `failed: ${stderr.split('\n').find((line) => line.includes('Error')) ?? String(error)}`;
    return JSON.parse(readFileSync(output, 'utf8')) as Answer; // what the worker wrote
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function drawPictures(drawing: Drawing, graph: LayoutGraph, path: string): Promise<void> {
  mkdirSync('out/layout', { recursive: true });
  const containers = new Set(graph.parents);
  await drawWhole(drawing, containers, `${path}.png`);
  await drawDetail(drawing, containers, 0, `${path}-top.png`);
  await drawDetail(drawing, containers, 0.5, `${path}-middle.png`);
}
