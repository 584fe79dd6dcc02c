import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startWorkerPool, type WorkerPool } from '../../src/recipe/train/workerPool';
import { runtimeVersion } from '../../src/runtime/session';
import { averageShards } from '../../src/train/loop/average';
import { createOptimiser, type Optimiser } from '../../src/train/optimisers/optimiser';
import { buildGraphs } from '../../src/train/step/buildGraphs';
import { shardPlan } from '../../src/train/step/shardComputer';
import type { TrainingGraphs } from '../../src/train/step/stepGraph';
import { median, quantile } from '../../src/util/stats';
import { textTable } from '../../src/util/textTable';
import { resnet } from './resnet';

/** Where run.mjs builds the workers from: this file is part of bench.js in out/bench/train. */
const PEER = join(__dirname, '..', '..', '..', 'bench', 'train', 'peer.py');

interface Options {
  readonly batch: number;
  readonly rounds: number;
  readonly steps: number;
  readonly python: string;
}

interface Row {
  readonly model: string;
  readonly what: string;
  readonly ms: { readonly median: number; readonly low: number; readonly high: number };
  readonly steps: number;
}

/** Times a training step of ResNet-20, ours with one and two processes and the peer's with one and two threads. */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const options = readOptions();
  const peer = spawnSync(options.python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' });
  const missing =
    peer.status === 0 ? [] : [`PyTorch (${options.python}). Get it with "apt-get install python3-torch".`];
  const rows: Row[] = [];
  for (const batchNorm of [false, true]) rows.push(...(await timeModel(batchNorm, options, peer.status === 0)));
  const facts = {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    batch: options.batch,
    ours: `onnxruntime-node ${runtimeVersion}, Node ${process.version}`,
    ...(peer.status === 0 ? { peer: `PyTorch ${peer.stdout.trim()}` } : {}),
  };
  if (json) console.log(JSON.stringify({ facts, rows, missingPeers: missing }));
  else {
    console.log(
      textTable([['model', 'what', 'ms a step', 'quartiles'], ...rows.map(rowTexts)], ['left', 'left', 'right']),
    );
    console.log(Object.values(facts).join('; '));
    for (const text of missing) console.log(`Missing peer: ${text}`);
  }
}

function rowTexts({ model, what, ms }: Row): string[] {
  return [model, what, ms.median.toFixed(0), `${ms.low.toFixed(0)} to ${ms.high.toFixed(0)}`];
}

/** In each round every contender takes its turn, so that a busy moment of the machine meets all of them alike. */
async function timeModel(batchNorm: boolean, options: Options, hasPeer: boolean): Promise<Row[]> {
  const counts = [1, 2];
  const graphs = await buildGraphs({
    student: resnet({ batchNorm }),
    inputs: [{ name: 'input', type: 'float32', dims: [1, 3, 32, 32] }],
    shardSize: options.batch / 2,
    labelled: true,
    batchNorm: batchNorm ? 'train' : 'frozen',
  });
  const optimiser = await createOptimiser({ optimizer: 'sgd' }, graphs.weights);
  const times = new Map<string, number[]>();
  const note = (what: string, ms: readonly number[]): unknown => times.set(what, [...(times.get(what) ?? []), ...ms]);
  for (let round = 0; round < options.rounds; round++) {
    for (const count of counts) {
      const pool = await startWorkerPool(shardPlan(graphs, 1), {
        count,
        workerPath: join(__dirname, 'trainworker.js'),
        signal: new AbortController().signal,
      });
      try {
        note(
          `ours, ${count} ${count === 1 ? 'process' : 'processes'}`,
          await ourSteps(graphs, pool, optimiser, options),
        );
      } finally {
        pool.close();
      }
      if (hasPeer)
        note(`PyTorch, ${count} ${count === 1 ? 'thread' : 'threads'}`, peerSteps(count, batchNorm, options));
    }
  }
  await optimiser.release();
  const model = batchNorm ? 'ResNet-20, BatchNormalization in training mode' : 'ResNet-20, BatchNormalization folded';
  return [...times].map(([what, ms]) => ({
    model,
    what,
    ms: { median: median(ms), low: quantile(ms, 0.25), high: quantile(ms, 0.75) },
    steps: ms.length,
  }));
}

async function ourSteps(
  graphs: TrainingGraphs,
  pool: WorkerPool,
  optimiser: Optimiser,
  { batch, steps }: Options,
): Promise<number[]> {
  const half = batch / 2;
  const shards = [0, 1].map(() => ({
    inputs: {
      input: {
        type: 'float32' as const,
        dims: [half, 3, 32, 32],
        data: Float32Array.from({ length: half * 3 * 32 * 32 }, (_, i) => Math.sin(i)),
      },
    },
    target: Float32Array.from({ length: half * 10 }, (_, i) => (i % 10 === Math.floor(i / 10) % 10 ? 1 : 0)),
  }));
  let state = { ...graphs.start, slots: optimiser.start(graphs.start.weights) };
  const ms: number[] = [];
  for (let step = 1; step <= steps + 2; step++) {
    const begun = performance.now();
    const mean = averageShards(await pool.step(shards, state));
    const { weights, slots } = await optimiser.step(state, mean.gradients, { learningRate: 0.01, step });
    state = { ...state, weights, slots };
    ms.push(performance.now() - begun);
  }
  return ms.slice(2);
}

function peerSteps(threads: number, batchNorm: boolean, { batch, steps, python }: Options): number[] {
  const task = JSON.stringify({ threads, batch, batchNorm, steps });
  const { status, stdout, stderr } = spawnSync(python, [PEER, task], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The peer failed: ${stderr}`);
  return (JSON.parse(stdout) as { ms: number[] }).ms;
}

function readOptions(): Options {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      json: { type: 'boolean' },
      batch: { type: 'string', default: '128' },
      rounds: { type: 'string', default: '3' },
      steps: { type: 'string', default: '5' },
      python: { type: 'string', default: 'python3' },
    },
  });
  return {
    batch: Number(values.batch),
    rounds: Number(values.rounds),
    steps: Number(values.steps),
    python: values.python,
  };
}
