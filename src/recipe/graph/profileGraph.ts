import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mainGraph, type Model } from '../../onnx/model';
import { initializerNames } from '../../onnx/graphIndex';
import { validateModel } from '../../onnx/validateModel';
import { weightBytes } from '../../onnx/writeModel';
import type { GraphBody, GraphDocument, GraphProfileParams, OverlayData, OverlayValue } from '../../protocol';
import { openModel } from '../../runtime/modelFile';
import { readProfile, type NodeTime } from '../../runtime/readProfile';
import { createSession, type Session } from '../../runtime/session';
import { throwIfCancelled } from '../../util/pressError';
import { timingFeeds } from '../evaluationData';
import { openData } from '../openData';
import type { RunContext } from '../runContext';
import { fusedNodes, type FusedNode } from './fusedNodes';
import { overlayOf, readMeasurement, writeMeasurement } from './measurementFile';
import { namedModel } from './namedModel';
import { withGraph } from './openGraph';

/** Runs before those that count: the first ones allocate memory. */
const WARMUP_RUNS = 2;
const MIN_RUNS = 5;
const MAX_RUNS = 50;
/** How long the runs that count may take together, unless there are too few then. */
const MEASURE_SECONDS = 3;
/** ONNX Runtime writes some 700 bytes for each node of each run. */
const MAX_EVENTS = 200_000;
/** The optimised graph is written out to see what was fused; of larger models, nodes are matched by name alone. */
const MAX_WRITTEN_BYTES = 1 << 30;
/** Members of a fused node that are named in its detail. */
const MAX_NAMED = 4;

/**
 * Measures how long every node of a model takes, by ONNX Runtime's own clock on generated inputs, and keeps the result
 * in the run folder of the model. The time of a fused kernel goes to the node that does its work; the nodes that became
 * part of it have none and say so. Throws `model-does-not-run`, `unknown-shape` and what reading a model throws.
 */
export async function profileGraph(params: GraphProfileParams, context: RunContext): Promise<OverlayData> {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-press-profile-'));
  try {
    return await withGraph(params.path, async ({ file, graph }) => {
      validateModel(file.model);
      const optimisedPath =
        weightBytes(file.model).total <= MAX_WRITTEN_BYTES ? join(folder, 'optimised.onnx') : undefined;
      const runs = await runProfiled(params, context, {
        source: namedSource(params.path, file.model, graph.document),
        folder,
        optimisedPath,
        nodeCount: nodesIn(graph.document),
      });
      const [profile] = readdirSync(folder).filter((name) => name.startsWith('profile'));
      const times = profile === undefined ? [] : await readProfile(join(folder, profile), WARMUP_RUNS);
      const main = graph.document.graphs[0] as GraphBody; // every model that was read has one
      const { values, total, unassigned } = assign(times, main, fusionsOf(main, times, optimisedPath));
      const share = total > 0 ? Math.round((unassigned / total) * 100) : 0;
      const threads = params.threads === 1 ? '1 thread' : params.threads ? `${params.threads} threads` : 'all threads';
      writeMeasurement(params.path, 'latency', {
        settings: JSON.stringify({ threads: params.threads ?? 0 }),
        complete: true,
        origin: `Median of ${runs} runs on generated inputs, ${threads}, ${new Date().toISOString().slice(0, 10)}: ${total.toFixed(2)} ms in all nodes, ${share} % of it in conversions that belong to no node.`,
        values,
      });
      const written = readMeasurement(params.path, 'latency');
      return written ? overlayOf(written) : { overlay: 'latency', values, origin: '' };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface ProfiledRun {
  readonly source: string | Model;
  readonly folder: string;
  readonly optimisedPath: string | undefined;
  readonly nodeCount: number;
}

/** Runs the model with the profiler on; returns how many runs count. */
async function runProfiled(params: GraphProfileParams, context: RunContext, run: ProfiledRun): Promise<number> {
  const { signal, onProgress } = context;
  const session = await createSession(run.source, {
    ...(params.threads ? { threads: params.threads } : {}),
    profilePrefix: join(run.folder, 'profile'),
    ...(run.optimisedPath === undefined ? {} : { optimizedModelPath: run.optimisedPath }),
  });
  try {
    const { path, shapes, fills, seed } = params;
    const dataset = await openData(path, session.inputs, {
      synthetic: true,
      limit: 1,
      ...(shapes ? { shapes } : {}),
      ...(fills ? { fills } : {}),
      ...(seed === undefined ? {} : { seed }),
    });
    const { feeds } = await timingFeeds(dataset, [session.inputs], signal);
    const lastMs = await timedRuns(session, feeds, WARMUP_RUNS, context);
    const affordable = Math.floor(Math.max(1, MAX_EVENTS / Math.max(1, run.nodeCount)));
    const wanted = params.runs ?? Math.min(MAX_RUNS, Math.max(MIN_RUNS, (MEASURE_SECONDS * 1000) / lastMs));
    const runs = Math.max(3, Math.floor(Math.min(wanted, affordable)));
    for (let done = 0; done < runs; done++) {
      await timedRuns(session, feeds, 1, context);
      onProgress({ stage: 'profile', done: done + 1, total: runs });
    }
    return runs;
  } finally {
    await session.release();
  }
}

/** The file, or a copy of the model whose nodes all have names. */
function namedSource(path: string, model: Model, document: GraphDocument): string | Model {
  const named = namedModel(model, document);
  return named === model ? path : named;
}

async function timedRuns(
  session: Session,
  feeds: Parameters<Session['run']>[0],
  count: number,
  { signal }: RunContext,
): Promise<number> {
  let ms = 1;
  for (let i = 0; i < count; i++) {
    throwIfCancelled(signal);
    const start = performance.now();
    await session.run(feeds);
    ms = Math.max(0.001, performance.now() - start);
  }
  return ms;
}

function fusionsOf(
  main: GraphBody,
  times: readonly NodeTime[],
  optimisedPath: string | undefined,
): Map<string, FusedNode> {
  if (optimisedPath === undefined) {
    const names = new Set(main.nodes.map(({ name }) => name));
    return new Map(
      times.filter(({ name }) => names.has(name)).map(({ name }) => [name, { main: name, members: [] }] as const),
    );
  }
  const file = openModel(optimisedPath);
  try {
    const graph = mainGraph(file.model);
    return fusedNodes(main, { node: graph.node, initializers: new Set(initializerNames(graph)) });
  } finally {
    file.close();
  }
}

interface Assigned {
  readonly values: OverlayData['values'];
  readonly total: number;
  /** Milliseconds of nodes that ONNX Runtime added. */
  readonly unassigned: number;
}

/** Gives the time of each node that ran to the file's node that it stands for. */
function assign(times: readonly NodeTime[], main: GraphBody, fusions: ReadonlyMap<string, FusedNode>): Assigned {
  const nested = main.nodes.some(({ subgraphs }) => subgraphs);
  const milliseconds = new Map<string, number>();
  const inside = new Map<string, string>();
  const parts = new Map<string, readonly string[]>();
  let total = 0;
  let unassigned = 0;
  for (const { name, ms } of times) {
    const fusion = fusions.get(name);
    // Nodes of subgraphs are part of the time of the node that runs them.
    if (!fusion && nested) continue;
    total += ms;
    if (!fusion) {
      unassigned += ms;
      continue;
    }
    milliseconds.set(fusion.main, (milliseconds.get(fusion.main) ?? 0) + ms);
    if (fusion.members.length > 0) parts.set(fusion.main, fusion.members);
    for (const member of fusion.members) inside.set(member, fusion.main);
  }
  const values = new Map<string, OverlayValue>();
  for (const [member, host] of inside) {
    if (!milliseconds.has(member)) {
      values.set(member, { value: 0, detail: `Runs as part of "${host}".`, fusedInto: host });
    }
  }
  for (const [node, value] of milliseconds) {
    const members = parts.get(node);
    values.set(node, { value, ...(members ? { detail: memberText(members) } : {}) });
  }
  return { values: Object.fromEntries(values), total, unassigned };
}

function memberText(members: readonly string[]): string {
  const named = members.slice(0, MAX_NAMED).map((name) => `"${name}"`);
  const more = members.length - named.length;
  return `Includes ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}, which run as one kernel with it.`;
}

function nodesIn({ graphs }: GraphDocument): number {
  return graphs.reduce((sum, { nodes }) => sum + nodes.length, 0);
}
