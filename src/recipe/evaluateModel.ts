import { evaluateModel as evaluateOnSamples } from '../evaluate/evaluateModel';
import { measureLatency } from '../evaluate/latency';
import type { EvaluateParams, EvaluateResult } from '../protocol';
import { createSession } from '../runtime/session';
import { aboutModel, batchFor, checkModelFile, dataFacts, requireData, timingFeeds } from './evaluationData';
import { openData } from './openData';
import type { RunContext } from './runContext';

/**
 * Runs a model file on data: accuracy where there are labels, latency, size. Writes nothing.
 * Throws `no-data` when no data is given and `synthetic` is not set.
 */
export async function evaluateModel(params: EvaluateParams, context: RunContext): Promise<EvaluateResult> {
  const { onProgress, signal } = context;
  const threads = params.threads ?? 0;
  onProgress({ stage: 'read', done: 0, total: 0 });
  const { model: path } = params;
  const model = await aboutModel(path, () => checkModelFile(path));
  requireData(params, path, 'Evaluating');
  const session = await aboutModel(path, () => createSession(path, { threads, optimization: model.optimization }));
  try {
    const dataset = await openData(path, session.inputs, params);
    const evaluation = await evaluateOnSamples(session, dataset.samples({ signal }), {
      total: dataset.count,
      signal,
      onProgress,
      ...batchFor(params, [model]),
    });
    onProgress({ stage: 'measure', done: 0, total: 0 });
    const { feeds, batchSize } = await timingFeeds(dataset, [session.inputs], signal);
    const latency = await measureLatency(session, feeds, { threads, batchSize, signal });
    return { model: model.facts, data: dataFacts(dataset), evaluation, latency };
  } finally {
    await session.release();
  }
}
