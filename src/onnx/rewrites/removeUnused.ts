import { dropUnused } from './editGraph';
import type { Pass } from './pass';

/** Removes nodes and initializers that no output needs. */
export const removeUnused: Pass = {
  name: 'unused removed',
  exact: true,
  apply: (model) => dropUnused(model),
};
