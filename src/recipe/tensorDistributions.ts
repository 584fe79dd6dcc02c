import { batchSamples } from '../data/batchSamples';
import type { Sample } from '../data/dataset';
import { planBatch } from '../evaluate/batchPlan';
import { plainNumbers, type PlainNumbers } from '../evaluate/numbers';
import { pairInputs } from '../evaluate/pairing';
import { mainGraph, type Model } from '../onnx/model';
import type { DistributionParams, DistributionResult, SharedTensorsResult } from '../protocol';
import { exposeTensors } from '../quantize/calibrate';
import { openModel } from '../runtime/modelFile';
import { createSession, type Session } from '../runtime/session';
import { PressError, throwIfCancelled } from '../util/pressError';
import { aboutModel, requireData } from './evaluationData';
import { openData } from './openData';
import type { RunContext } from './runContext';
import { ValueTally } from './valueTally';

/** A distribution settles within so many samples. */
const SAMPLES = 32;

/** The tensors that nodes of the main graph of both models make under one name, in the order of the first model. */
export function sharedTensors(before: string, after: string): SharedTensorsResult {
  const made = (path: string): SharedTensorsResult['tensors'] => {
    const file = openModel(path);
    try {
      return mainGraph(file.model).node.flatMap(({ name, opType, output }) =>
        output.filter((tensor) => tensor !== '').map((tensor) => ({ name: tensor, node: name, opType })),
      );
    } finally {
      file.close();
    }
  };
  const names = new Set(made(after).map(({ name }) => name));
  return { tensors: made(before).filter(({ name }) => names.has(name)) };
}

/**
 * Runs two models on the same samples and counts the values of one inner tensor in both, in the same bins.
 * Throws `no-data`, `bad-input` when the inputs differ, and `bad-option` when a model has no such tensor of numbers.
 */
export async function tensorDistribution(
  params: DistributionParams,
  { signal, onProgress }: RunContext,
): Promise<DistributionResult> {
  const { before, after, tensor } = params;
  requireData(params, before, 'Looking into');
  const limit = params.limit ?? SAMPLES;
  const sessions: Session[] = [];
  try {
    for (const path of [before, after]) sessions.push(await aboutModel(path, () => openExposed(path, tensor, params)));
    const [first, second] = sessions as [Session, Session]; // one for each path
    const toSecond = pairInputs(first.inputs, second.inputs);
    const dataset = await openData(before, first.inputs, { ...params, limit });
    const tally = new ValueTally();
    let done = 0;
    // The bins are not known before every value was seen, and the values of all samples are too many to keep.
    for (const pass of ['range', 'count'] as const) {
      for await (const sample of dataset.samples({ signal })) {
        throwIfCancelled(signal);
        const feeds = feedsFor(sample, [first, second]);
        const valuesBefore = await valuesOf(first, feeds, tensor, before);
        const valuesAfter = await valuesOf(second, toSecond(feeds), tensor, after);
        if (pass === 'range') tally.see(valuesBefore, valuesAfter);
        else tally.count(valuesBefore, valuesAfter);
        onProgress({ stage: 'evaluate', done: ++done, total: 2 * dataset.count });
      }
    }
    return { tensor, samples: dataset.count - dataset.skipped.length, ...tally.result() };
  } finally {
    for (const session of sessions) await session.release();
  }
}

async function openExposed(path: string, tensor: string, { threads }: DistributionParams): Promise<Session> {
  const file = openModel(path);
  try {
    if (!hasTensor(file.model, tensor)) throw noTensor(path, tensor);
    // Without fusions: a fused kernel has no inner tensor, and exposing one would undo only its own fusion.
    const settings = { optimization: 'basic' as const, ...(threads === undefined ? {} : { threads }) };
    return await createSession(exposeTensors(file.model, [tensor]), settings);
  } finally {
    file.close();
  }
}

function hasTensor(model: Model, tensor: string): boolean {
  return mainGraph(model).node.some(({ output }) => output.includes(tensor));
}

function feedsFor(sample: Sample, sessions: readonly Session[]): Sample['inputs'] {
  const plan = planBatch(
    sessions.map(({ inputs }) => inputs),
    sample,
  );
  if (!plan.isFixed || plan.size === 1) return sample.inputs;
  return batchSamples(Array.from({ length: plan.size }, () => sample)).inputs;
}

async function valuesOf(
  session: Session,
  feeds: Sample['inputs'],
  tensor: string,
  path: string,
): Promise<PlainNumbers> {
  const value = (await session.run(feeds, [tensor]))[tensor];
  const numbers = value && plainNumbers(value);
  if (numbers === undefined) throw noTensor(path, tensor);
  return numbers;
}

function noTensor(path: string, tensor: string): PressError {
  return new PressError('bad-option', `${path} computes no tensor of numbers named "${tensor}". Choose another one.`, {
    path,
    tensor,
  });
}
