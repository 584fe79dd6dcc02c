import { validateModel } from '../../onnx/validateModel';
import type { EvaluationDataParams, RewriteRecord } from '../../protocol';
import { openModel, saveModel } from '../../runtime/modelFile';
import { normaliseModel, type NormaliseOptions } from '../../runtime/normaliseModel';
import { createSession } from '../../runtime/session';
import { throwIfCancelled } from '../../util/pressError';
import { optimizationFor, timingFeeds } from '../evaluationData';
import { openData } from '../openData';
import type { RunContext } from '../runContext';

/** A normalisation of a model file. */
export interface NormaliseParams extends EvaluationDataParams, Pick<NormaliseOptions, 'minOpset' | 'keepBatchNorm'> {
  readonly model: string;
  readonly output: string;
}

/**
 * Normalises a model file into a new one, every rewrite verified on a sample of the data, or on generated inputs where
 * there is none. Throws what reading and normalising throw, and `output-exists`.
 */
export async function normaliseModelFile(
  params: NormaliseParams,
  { onProgress, signal }: RunContext,
): Promise<{ readonly records: readonly RewriteRecord[]; readonly sizeBytes: number }> {
  const { model: path, output, minOpset, keepBatchNorm, threads } = params;
  onProgress({ stage: 'read', done: 0, total: 0 });
  const file = openModel(path);
  try {
    validateModel(file.model);
    const session = await createSession(path, {
      optimization: optimizationFor(file.model),
      ...(threads ? { threads } : {}),
    });
    try {
      const dataset = await openData(path, session.inputs, params);
      const { feeds } = await timingFeeds(dataset, [session.inputs], signal);
      const { model, records } = await normaliseModel(file.model, {
        feeds: [feeds],
        ...(minOpset === undefined ? {} : { minOpset }),
        ...(keepBatchNorm === undefined ? {} : { keepBatchNorm }),
        signal,
        onProgress,
      });
      throwIfCancelled(signal);
      onProgress({ stage: 'write', done: 0, total: 0 });
      return { records, sizeBytes: saveModel(model, output).sizeBytes };
    } finally {
      await session.release();
    }
  } finally {
    file.close();
  }
}
