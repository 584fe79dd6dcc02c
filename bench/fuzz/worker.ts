import { inspectModel } from '../../src/recipe/inspectModel';
import { quantizeModel } from '../../src/recipe/quantizeModel';
import { errorMessage, PressError } from '../../src/util/pressError';
import type { FuzzAnswer, FuzzQuestion, Outcome } from './messages';

/** Samples are generated; one sample and a short measurement are enough to see whether anything breaks. */
const LATENCY_SECONDS = 0.05;

/** Codes that admit a defect of ONNX Press instead of naming one of the model. */
const DEFECTS = new Set(['internal', 'engine-stopped']);

process.on('message', (question: FuzzQuestion) => {
  void answer(question).then((reply) => process.send?.(reply));
});

async function answer({ model, output, mode }: FuzzQuestion): Promise<FuzzAnswer> {
  const inspect = await outcomeOf(() => inspectModel(model));
  const quantize = await outcomeOf(() =>
    quantizeModel(
      { model, output, settings: { mode }, synthetic: true, threads: 1 },
      {
        onProgress: () => undefined,
        log: () => undefined,
        signal: new AbortController().signal,
        latencySeconds: LATENCY_SECONDS,
      },
    ),
  );
  return { inspect, quantize, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
}

async function outcomeOf(action: () => unknown): Promise<Outcome> {
  try {
    await action();
    return { kind: 'ok' };
  } catch (error) {
    if (error instanceof PressError && !DEFECTS.has(error.code)) {
      return { kind: 'refused', code: error.code, message: error.message };
    }
    return { kind: 'bad', message: error instanceof Error ? (error.stack ?? error.message) : errorMessage(error) };
  }
}
