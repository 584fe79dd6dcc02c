import { mainGraph, type Model } from '../../onnx/model';
import { isOperator } from '../../onnx/rewrites/editGraph';
import { concreteTypes } from '../../prune/coupling/concreteTypes';
import { residualBranches } from '../../prune/depth/residualBranches';
import { openModel } from '../../runtime/modelFile';
import { inferTensorTypes } from '../../runtime/tensorTypes';
import { PressError } from '../../util/pressError';
import { timingFeeds } from '../evaluationData';
import { openData } from '../openData';

/** What a ready recipe depends on in a model. */
export interface ReadyFacts {
  /** How many residual branches with weights it has. */
  readonly branches: number;
  readonly hasConvolutions: boolean;
}

/**
 * Looks at a model for a ready recipe. Where its shapes are not known, as those of dynamic inputs that nothing is said
 * about, no branches are found. Throws what reading a model throws.
 */
export async function readyFacts(path: string, signal: AbortSignal): Promise<ReadyFacts> {
  const file = openModel(path);
  const { model } = file;
  try {
    const hasConvolutions = mainGraph(model).node.some((node) => isOperator(node, 'Conv'));
    const branches = await countBranches(path, model, signal);
    return { branches, hasConvolutions };
  } finally {
    file.close();
  }
}

async function countBranches(path: string, model: Model, signal: AbortSignal): Promise<number> {
  try {
    const types = await inferTensorTypes(model);
    const { input, initializer } = mainGraph(model);
    const weights = new Set(initializer.map(({ name }) => name));
    const inputs = input.flatMap(({ name }) => (weights.has(name) ? [] : (types.get(name) ?? [])));
    const dataset = await openData(path, inputs, { synthetic: true });
    const { feeds } = await timingFeeds(dataset, [inputs], signal);
    return residualBranches(model, await concreteTypes(model, feeds)).length;
  } catch (error) {
    if (error instanceof PressError) return 0;
    throw error;
  }
}
