import type { Dataset } from '../data/dataset';
import { createCommandMeter } from '../evaluate/commandMeter';
import type { ComparedModel, EvaluateOptions } from '../evaluate/compareModels';
import { createDetectionMeter } from '../evaluate/detection/detectionMeter';
import { createSegmentationMeter } from '../evaluate/segmentation/segmentationMeter';
import type { TaskMeter, TaskSettings } from '../evaluate/taskMeter';
import type { EvaluationDataParams } from '../protocol';
import { PressError } from '../util/pressError';

/** What a dataset adds to the options of an evaluation or a comparison. */
export type Measured = Pick<EvaluateOptions, 'classNames' | 'meters' | 'seed' | 'total'>;

/**
 * Does `work` with the names of classes and with meters for what the dataset file asks for, on `modelCount` models of
 * which `first` names the outputs. Throws `bad-option` for a metric command that the request does not trust, `bad-dataset`
 * for annotations or masks that cannot be used.
 */
export async function withMeters<T>(
  dataset: Dataset,
  first: Pick<ComparedModel, 'outputs'>,
  modelCount: 1 | 2,
  params: EvaluationDataParams,
  work: (measured: Measured) => Promise<T>,
): Promise<T> {
  const { classNames, metric } = dataset;
  const settings = { modelCount, seed: params.seed ?? 0, ...(classNames ? { classNames } : {}) };
  if (metric && !params.trusted) throw untrusted(metric.command);
  const meters: TaskMeter[] = [];
  try {
    const task = await taskMeter(dataset, first, settings);
    if (task) meters.push(task);
    if (metric) meters.push(createCommandMeter(metric, settings));
    return await work({
      seed: settings.seed,
      total: dataset.count,
      meters,
      ...(classNames ? { classNames } : {}),
    });
  } finally {
    for (const meter of meters) await meter.dispose();
  }
}

async function taskMeter(
  { task }: Dataset,
  { outputs }: Pick<ComparedModel, 'outputs'>,
  settings: TaskSettings,
): Promise<TaskMeter | undefined> {
  switch (task?.kind) {
    case 'detection':
      return createDetectionMeter(task, outputs, settings);
    case 'segmentation':
      return createSegmentationMeter(task, outputs, settings);
    case undefined:
      return undefined;
  }
}

function untrusted(command: string): PressError {
  return new PressError(
    'bad-option',
    `The dataset file measures with a program, ${command}. Give --allow-metric-command if you trust it, or remove "metric" from the file.`,
    { command },
  );
}
