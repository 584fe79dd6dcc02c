import type { GraphRequests } from '../protocol';
import type { EngineHandlers } from './handlers';
import { parseGraphParams } from './graphParams';

/** The handlers of the requests about graphs; each loads its part on first use. */
export function graphHandlers(): Pick<EngineHandlers, 'graph/load'> {
  return {
    'graph/load': checked('graph/load', async ({ path }) => {
      const { loadGraph } = await import('../recipe/graph/loadGraph');
      return loadGraph(path);
    }),
  };
}

/** A handler that first checks what it was asked with. */
function checked<M extends keyof GraphRequests>(method: M, handler: EngineHandlers[M]): EngineHandlers[M] {
  return ((params, context) => handler(parseGraphParams(method, params), context)) as EngineHandlers[M]; // of the same M
}
