import type { EngineHandlers } from './handlers';
import { parseLayerParams, type LayerRequests } from './layerParams';

/** The handlers of the requests about layers; each checks what it was asked with and loads its part on first use. */
export function layerHandlers(): Pick<EngineHandlers, keyof LayerRequests> {
  return {
    'model/sensitivity': async (params, context) => {
      const checked = parseLayerParams('model/sensitivity', params);
      const { measureSensitivity } = await import('../recipe/sensitivity');
      return measureSensitivity(checked, context);
    },
    'model/mixed': async (params, context) => {
      const checked = parseLayerParams('model/mixed', params);
      const { mixedPrecision } = await import('../recipe/mixedPrecision');
      return mixedPrecision(checked, context);
    },
    'model/fusion': async (params, context) => {
      const checked = parseLayerParams('model/fusion', params);
      const { fusionCheck } = await import('../recipe/fusionCheck');
      return fusionCheck(checked, context);
    },
    'model/layerErrors': async (params, context) => {
      const checked = parseLayerParams('model/layerErrors', params);
      const { layerErrors } = await import('../recipe/layerErrors');
      return layerErrors(checked, context);
    },
  };
}
