import type { TensorRef } from '../../protocol';
import { PressError } from '../../util/pressError';
import type { LoadedGraph } from './describeModel';
import type { StoredWeight } from './storedWeight';

/** The weight that a reference names. Throws `bad-option`: the file has changed since, or the tensor is no weight. */
export function findWeight({ document, weights }: LoadedGraph, { graph, tensor }: TensorRef): StoredWeight {
  const found = weights[graph]?.get(tensor);
  if (found) return found;
  throw new PressError(
    'bad-option',
    `${document.name} has no weight number ${tensor} in graph ${graph}. Load the graph again.`,
    { graph, tensor },
  );
}
