import { throwIfCancelled } from '../util/pressError';
import type { Dataset } from './dataset';
import { badDataset } from './errors';

/**
 * Holds every label of a labelled dataset against the number of classes that a model's output has. Throws
 * `bad-dataset` naming the first label that is out of range; decodes no image.
 */
export async function checkLabels(dataset: Dataset, classCount: number, signal?: AbortSignal): Promise<void> {
  if (!dataset.hasLabels) return;
  for (let index = 0; index < dataset.count; index++) {
    throwIfCancelled(signal);
    const label = await dataset.label(index);
    if (label === undefined || label < classCount) continue;
    const hint =
      label === classCount
        ? 'If labels start at 1, set "labelOffset": -1 in a dataset file.'
        : 'Is this data for another model?';
    throw badDataset(
      `Sample ${index} of ${dataset.description}`,
      `has label ${label}, but the model has ${classCount} classes (0 to ${classCount - 1}). ${hint}`,
      { index, label, classCount },
    );
  }
}
