import { version } from '../../package.json';
import type { EngineRequests } from '../protocol';
import type { TrainContext } from '../recipe/train/runTraining';
import { comparisonHandlers } from './comparisonHandlers';
import { evaluateHandlers } from './evaluateHandlers';
import { graphHandlers } from './graphHandlers';
import { layerHandlers } from './layerHandlers';
import { pruneHandlers } from './pruneHandlers';
import { recipeHandlers } from './recipeHandlers';
import { createRunningTrainings } from './runningTrainings';
import { trainHandlers } from './trainHandlers';

/** What a handler gets besides its params. */
export type EngineContext = Omit<TrainContext, 'control' | 'workerPath'>;

/** One function per request of the protocol. */
export type EngineHandlers = {
  readonly [M in keyof EngineRequests]: (
    params: EngineRequests[M]['params'],
    context: EngineContext,
  ) => Promise<EngineRequests[M]['result']>;
};

/**
 * The handlers that run the real pipelines.
 * Each loads its pipeline on first use, so that inspecting a model never loads native code.
 */
export function pipelineHandlers(): EngineHandlers {
  const trainings = createRunningTrainings();
  return {
    'engine/hello': async () => ({ version, pid: process.pid }),
    'model/inspect': async (params) => {
      const { inspectModel } = await import('../recipe/inspectModel');
      return inspectModel(params.path);
    },
    'model/quantize': async (params, context) => {
      const { quantizeModel } = await import('../recipe/quantizeModel');
      return quantizeModel(params, context);
    },
    ...comparisonHandlers(),
    ...evaluateHandlers(),
    ...graphHandlers(),
    ...layerHandlers(),
    ...pruneHandlers(),
    ...recipeHandlers(trainings),
    ...trainHandlers(trainings),
  };
}
