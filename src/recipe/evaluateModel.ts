import type { Dataset } from '../data/dataset';
import { comparePair, type ComparedModel } from '../evaluate/compareModels';
import { evaluateModel as evaluateOnSamples } from '../evaluate/evaluateModel';
import { measureLatency } from '../evaluate/latency';
import { pairInputs } from '../evaluate/pairing';
import type { EvaluateParams, EvaluateResult, ReferenceReport } from '../protocol';
import { createSession, type Session } from '../runtime/session';
import {
  aboutModel,
  batchFor,
  checkModelFile,
  dataFacts,
  requireData,
  timingFeeds,
  type CheckedModel,
} from './evaluationData';

import { openData } from './openData';
import type { RunContext } from './runContext';
import { withMeters } from './withMeters';

/**
 * Runs a model file on data: accuracy and confusion where there are labels, what a dataset file asks for, closeness to
 * a reference where one is named, latency, size. Writes nothing.
 * Throws `no-data` when no data is given and `synthetic` is not set, `bad-input` for a reference with other inputs.
 */
export async function evaluateModel(params: EvaluateParams, context: RunContext): Promise<EvaluateResult> {
  const { onProgress, signal } = context;
  const threads = params.threads ?? 0;
  onProgress({ stage: 'read', done: 0, total: 0 });
  const { model: path } = params;
  const model = await aboutModel(path, () => checkModelFile(path));
  requireData(params, path, 'Evaluating');
  const session = await openChecked(model, threads);
  try {
    const dataset = await openData(path, session.inputs, params);
    const evaluation = await withMeters(dataset, session, 1, params, (measured) =>
      evaluateOnSamples(session, dataset.samples({ signal }), {
        signal,
        onProgress,
        ...measured,
        ...batchFor(params, [model]),
      }),
    );
    const reference = await compareToReference({ model, session, dataset }, params, context);
    onProgress({ stage: 'measure', done: 0, total: 0 });
    const { feeds, batchSize } = await timingFeeds(dataset, [session.inputs], signal);
    const latency = await measureLatency(session, feeds, { threads, batchSize, signal });
    return {
      model: model.facts,
      data: dataFacts(dataset),
      evaluation,
      ...(reference ? { reference } : {}),
      latency,
    };
  } finally {
    await session.release();
  }
}

interface Evaluated {
  readonly model: CheckedModel;
  readonly session: Session;
  readonly dataset: Dataset;
}

/** How close the model is to the reference of a request; undefined where it names none. */
async function compareToReference(
  { model, session, dataset }: Evaluated,
  params: EvaluateParams,
  { onProgress, signal }: RunContext,
): Promise<ReferenceReport | undefined> {
  const { reference: path } = params;
  if (path === undefined) return undefined;
  const reference = await aboutModel(path, () => checkModelFile(path));
  const other = await openChecked(reference, params.threads ?? 0);
  try {
    // Samples are made for the model; the reference takes them as its own inputs are named, but it is the signal.
    const toOther = pairInputs(session.inputs, other.inputs);
    const signalModel: ComparedModel = {
      inputs: session.inputs,
      outputs: other.outputs,
      run: (feeds) => other.run(toOther(feeds)),
    };
    const options = { signal, onProgress, total: dataset.count, seed: params.seed ?? 0 };
    const { classOutput, agreement, fidelity, divergence } = await comparePair(
      signalModel,
      session,
      dataset.samples({ signal }),
      { ...options, ...batchFor(params, [reference, model]) },
    );
    return {
      model: reference.facts,
      ...(classOutput === undefined ? {} : { classOutput }),
      ...(agreement ? { agreement } : {}),
      fidelity,
      ...(divergence ? { divergence } : {}),
    };
  } finally {
    await other.release();
  }
}

function openChecked({ facts: { path }, optimization }: CheckedModel, threads: number): Promise<Session> {
  return aboutModel(path, () => createSession(path, { threads, optimization }));
}
