import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { cloneModel, type Model } from '../onnx/model';
import type { TensorInfo } from '../onnx/tensorValue';
import type { PruneParams } from '../protocol';
import type { Coupling } from '../prune/coupling/types';
import type { UnitScores } from '../prune/importance/scoreUnits';
import { removeUnits } from '../prune/removal/removeUnits';
import { modelMacs } from '../prune/selection/prunedMacs';
import { selectUnits } from '../prune/selection/selectUnits';
import { createSession } from '../runtime/session';
import { fileError, writeTextFile } from '../util/files';
import { throwIfCancelled } from '../util/pressError';
import type { CompressionJob } from './compressionJob';
import { measurementFolder } from './graph/findReports';
import { isCurrent, readRunFile, stampOf } from './graph/runFiles';
import { samplesOf, type QuantizeSamples } from './quantizeSamples';
import { holdRuns, measureHeld } from './sensitivityBench';

/** Shares of each group that are tried. */
export const TRIED_AMOUNTS = [0.25, 0.5, 0.75];
/** Of large models fewer samples are taken, so that the whole costs about so many multiply-accumulates. */
const MAX_MACS = 1e12;
const SAMPLE_LIMITS = [8, 64] as const;

/** The name of the file in the folder of a model's measurements. */
export const PRUNE_SENSITIVITY_FILE = 'prune-sensitivity.json';

const fileSchema = z.object({
  format: z.literal('onnx-press-prune-sensitivity'),
  version: z.literal(1),
  /** The model, as it was. */
  model: z.object({ sizeBytes: z.number(), mtimeMs: z.number() }),
  /** What it was measured with; figures of other settings are not continued. */
  settings: z.string(),
  amounts: z.array(z.number()),
  /** By group: mean divergence of the outputs at each of `amounts`. */
  groups: z.record(z.string(), z.array(z.number())),
});

/** What sensitivity is measured on. */
export interface PruneSensitivityInput {
  readonly job: Pick<CompressionJob<PruneParams>, 'params' | 'context'>;
  readonly samples: QuantizeSamples;
  readonly model: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly coupling: Coupling;
  readonly scores: UnitScores;
}

/**
 * Measures what removing shares of each group alone does to the outputs: their mean divergence from the original's at
 * each of {@link TRIED_AMOUNTS}, by group. Kept group by group beside the model, so that an interrupted measurement with
 * the same settings goes on where it was, and a finished one is not repeated.
 */
export async function measurePruneSensitivity(input: PruneSensitivityInput): Promise<Map<string, number[]>> {
  const { job, samples, model, types, coupling, scores } = input;
  const { params, context } = job;
  const { signal, onProgress } = context;
  const open = coupling.groups.filter(({ name, protection }) => protection === undefined && scores.has(name));
  const runs = Math.max(1, open.length * TRIED_AMOUNTS.length) * Math.max(1, modelMacs(model, types));
  const [fewest, most] = SAMPLE_LIMITS;
  const count = Math.min(samples.calibration.count, Math.round(Math.min(most, Math.max(fewest, MAX_MACS / runs))));
  const settings = JSON.stringify({
    importance: params.settings.importance ?? 'l2',
    seed: params.seed ?? 0,
    data: samples.uncalibrated ? 'generated' : params.data,
    count,
  });
  const path = join(measurementFolder(params.model), PRUNE_SENSITIVITY_FILE);
  const found = new Map(Object.entries(readKept(path, params.model, settings)));
  if (open.every(({ name }) => found.has(name))) return found;
  const options = { threads: params.threads ?? 0, signal };
  const reference = await createSession(model, { threads: options.threads });
  try {
    const held = await holdRuns(
      { reference },
      samplesOf(samples.calibration, signal),
      { total: count, most: count },
      context,
    );
    for (const [done, group] of open.entries()) {
      onProgress({ stage: 'sensitivity', done, total: open.length });
      if (found.has(group.name)) continue;
      const losses: number[] = [];
      for (const amount of TRIED_AMOUNTS) {
        throwIfCancelled(signal);
        const pruned = cloneModel(model);
        removeUnits(pruned, types, coupling, selectUnits([group], scores, { amount, scope: 'local', minChannels: 1 }));
        losses.push((await measureHeld(pruned, held, options)).divergence);
      }
      found.set(group.name, losses);
      keep(path, params.model, { settings, groups: Object.fromEntries(found) });
    }
    onProgress({ stage: 'sensitivity', done: open.length, total: open.length });
  } finally {
    await reference.release();
  }
  return found;
}

function readKept(path: string, model: string, settings: string): Record<string, number[]> {
  const kept = readRunFile(path, fileSchema);
  const fits =
    kept?.settings === settings && isCurrent(model, kept.model) && kept.amounts.join() === TRIED_AMOUNTS.join();
  return fits ? kept.groups : {};
}

function keep(
  path: string,
  modelPath: string,
  measured: { readonly settings: string; readonly groups: Record<string, number[]> },
): void {
  const model = stampOf(modelPath);
  if (!model) return; // the model is gone, and nobody will ask
  const content: z.infer<typeof fileSchema> = {
    format: 'onnx-press-prune-sensitivity',
    version: 1,
    model,
    amounts: TRIED_AMOUNTS,
    ...measured,
  };
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw fileError(path, error);
  }
  writeTextFile(path, `${JSON.stringify(content)}\n`, { overwrite: true });
}
