import type { EvaluateRequests } from '../protocol';
import { parseEvaluateParams } from './evaluateParams';
import type { EngineHandlers } from './handlers';

/** The handlers of the requests that measure models; each checks what it was asked with and loads its part on first use. */
export function evaluateHandlers(): Pick<EngineHandlers, keyof EvaluateRequests> {
  return {
    'model/evaluate': async (params, context) => {
      const checked = parseEvaluateParams('model/evaluate', params);
      const { evaluateModel } = await import('../recipe/evaluateModel');
      return evaluateModel(checked, context);
    },
    'model/compare': async (params, context) => {
      const checked = parseEvaluateParams('model/compare', params);
      const { compareModelFiles } = await import('../recipe/compareModelFiles');
      return compareModelFiles(checked, context);
    },
    'model/profile': async (params, context) => {
      const checked = parseEvaluateParams('model/profile', params);
      const { profileModel } = await import('../recipe/profileModel');
      return profileModel(checked, context);
    },
  };
}
