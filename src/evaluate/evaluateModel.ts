import type { Sample } from '../data/dataset';
import type { Metric, ModelEvaluation } from '../protocol';
import { createAccuracyCounter } from './accuracy';
import { findClassOutput, scoresOf } from './classify';
import type { ComparedModel, EvaluateOptions } from './compareModels';
import { countNonFinite } from './finite';
import { runSamples } from './runSamples';

/**
 * Runs one model on samples in one pass and in constant memory: accuracy where there are labels and a class-like
 * output, what the meters measure, and elements that are not finite. Throws `bad-dataset` for impossible labels.
 */
export async function evaluateModel(
  model: ComparedModel,
  samples: AsyncIterable<Sample>,
  options: EvaluateOptions = {},
): Promise<ModelEvaluation> {
  const counter = createAccuracyCounter();
  let classOutput: string | undefined;
  let isChosen = false;
  let done = 0;
  let batchSize = 0;
  let labelledCount = 0;
  let nonFinite = 0;
  for await (const run of runSamples([model], samples, options)) {
    const [outputs = {}] = run.outputs;
    if (!isChosen) {
      const labelled = run.samples.some((sample) => sample.label !== undefined);
      classOutput = findClassOutput(model.outputs, model.inputs, { labelled })?.name;
      isChosen = true;
    }
    const scores = scoresOf(outputs, classOutput);
    if (scores?.rowCount === run.samples.length) {
      run.samples.forEach((sample, row) => {
        if (sample.label === undefined) return;
        counter.add(scores, row, sample, sample.label);
        labelledCount++;
      });
    }
    for (const task of options.meters ?? []) await task.add(run.samples, run.outputs);
    for (const value of Object.values(outputs)) nonFinite += countNonFinite(value);
    done += run.samples.length;
    batchSize = Math.max(batchSize, run.batchSize);
    options.onProgress?.({ stage: 'evaluate', done, total: options.total ?? 0 });
  }
  const metrics: Metric[] = [];
  for (const task of options.meters ?? []) {
    const figures = await task.finish(options.signal);
    metrics.push(...figures.flatMap(({ models }) => models));
  }
  const top5 = counter.top5();
  return {
    samples: done,
    batchSize,
    ...(classOutput === undefined ? {} : { classOutput }),
    ...(labelledCount > 0
      ? { top1: counter.top1(), ...(top5 ? { top5 } : {}), classes: counter.classes(options.classNames) }
      : {}),
    ...(metrics.length > 0 ? { metrics } : {}),
    nonFinite,
  };
}
