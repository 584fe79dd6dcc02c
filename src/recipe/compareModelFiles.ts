import { comparePair } from '../evaluate/compareModels';
import { measureLatencyPair } from '../evaluate/latency';
import { pairInputs } from '../evaluate/pairing';
import type { CompareParams, CompareResult } from '../protocol';
import { createSession, type Session } from '../runtime/session';
import { adviseOnCompression } from './advise';
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
 * Runs two model files on the same data, sample by sample: accuracy of both, agreement, difference of every output,
 * paired latency, sizes. Samples are made for `before`. Writes nothing.
 * Throws `no-data` when no data is given and `synthetic` is not set, `bad-input` when the inputs differ.
 */
export async function compareModelFiles(params: CompareParams, context: RunContext): Promise<CompareResult> {
  const { onProgress, signal } = context;
  const threads = params.threads ?? 0;
  onProgress({ stage: 'read', done: 0, total: 0 });
  const check = (path: string): Promise<CheckedModel> => aboutModel(path, () => checkModelFile(path));
  const before = await check(params.before);
  const after = await check(params.after);
  requireData(params, params.before, 'Comparing');
  const sessions: Session[] = [];
  const open = async ({ facts: { path }, optimization }: CheckedModel): Promise<Session> => {
    const session = await aboutModel(path, () => createSession(path, { threads, optimization }));
    sessions.push(session);
    return session;
  };
  try {
    const first = await open(before);
    const second = await open(after);
    const toSecond = pairInputs(first.inputs, second.inputs);
    const dataset = await openData(params.before, first.inputs, params);
    const comparison = await withMeters(dataset, first, 2, params, (measured) =>
      comparePair(first, second, dataset.samples({ signal }), {
        signal,
        onProgress,
        ...measured,
        ...batchFor(params, [before, after]),
      }),
    );
    onProgress({ stage: 'measure', done: 0, total: 0 });
    const { feeds, batchSize } = await timingFeeds(dataset, [first.inputs, second.inputs], signal);
    const latency = await measureLatencyPair(first, second, feeds, {
      feedsAfter: toSecond(feeds),
      threads,
      batchSize,
      signal,
    });
    const data = dataFacts(dataset);
    const advice = adviseOnCompression({ comparison, latency, uncalibrated: data.synthetic });
    return { before: before.facts, after: after.facts, data, comparison, latency, advice };
  } finally {
    for (const session of sessions) await session.release();
  }
}
