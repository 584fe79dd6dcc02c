import { basename } from 'node:path';
import type { Model } from '../onnx/model';
import type { PruneParams } from '../protocol';
import type { Coupling } from '../prune/coupling/types';
import type { UnitScores } from '../prune/importance/scoreUnits';
import { createTaylorSums } from '../prune/importance/taylor';
import { evenBatches } from '../train/data/batches';
import { buildGraphs } from '../train/step/buildGraphs';
import { createShardComputer, shardPlan } from '../train/step/shardComputer';
import { PressError, throwIfCancelled } from '../util/pressError';
import type { QuantizeSamples } from './quantizeSamples';
import type { RunContext } from './runContext';
import { inputsOf } from './train/trainJob';

/** Samples of one gradient: those of single samples say more than a mean, in which they cancel out. */
const BATCH = 1;

/** Throws `no-data` where the importance `taylor` is asked for without samples that have labels. */
export function requireLabels({ model, settings }: PruneParams, samples: QuantizeSamples): void {
  const { calibration, uncalibrated } = samples;
  if (settings.importance !== 'taylor' || (!uncalibrated && calibration.dataset.hasLabels)) return;
  throw new PressError(
    'no-data',
    `Importance taylor weighs the channels of ${basename(model)} by the gradient of the loss, which needs samples with labels${uncalibrated ? '' : `; ${calibration.dataset.description} has none`}. Give labelled data with --data, or another importance.`,
    { path: model },
  );
}

/** First-order Taylor scores of the units of a model, from the gradients of the loss on the samples that calibrate. */
export async function gradientScores(
  model: Model,
  coupling: Coupling,
  { calibration: { dataset, start, count } }: QuantizeSamples,
  { threads, signal, onProgress }: Pick<RunContext, 'signal' | 'onProgress'> & { readonly threads: number },
): Promise<UnitScores> {
  const first = await dataset.read(start);
  const graphs = await buildGraphs({
    student: model,
    inputs: inputsOf(first.inputs),
    shardSize: BATCH,
    labelled: true,
    batchNorm: 'frozen',
  });
  const sums = createTaylorSums(coupling, graphs.weights);
  const computer = await createShardComputer(shardPlan(graphs, threads));
  try {
    const positions = Array.from({ length: count }, (_, i) => start + i);
    const batches = evenBatches({ dataset, positions, batchSize: BATCH, targetSize: graphs.targetSize ?? 1 });
    let done = 0;
    for await (const { inputs, target } of batches) {
      throwIfCancelled(signal);
      onProgress({ stage: 'sensitivity', done: done++, total: Math.ceil(count / BATCH) });
      const { gradients } = await computer.step({ inputs, ...(target ? { target } : {}) }, graphs.start);
      sums.add(graphs.start.weights, gradients);
    }
  } finally {
    await computer.release();
  }
  return sums.scores();
}
