import { version } from '../../package.json';
import type { EngineRequests } from '../protocol';
import type { RunContext } from '../recipe/runContext';
import { comparisonHandlers } from './comparisonHandlers';
import { evaluateHandlers } from './evaluateHandlers';
import { graphHandlers } from './graphHandlers';
import { layerHandlers } from './layerHandlers';

/** One function per request of the protocol. */
export type EngineHandlers = {
  readonly [M in keyof EngineRequests]: (
    params: EngineRequests[M]['params'],
    context: RunContext,
  ) => Promise<EngineRequests[M]['result']>;
};

/**
 * The handlers that run the real pipelines.
 * Each loads its pipeline on first use, so that inspecting a model never loads native code.
 */
export function pipelineHandlers(): EngineHandlers {
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
  };
}
