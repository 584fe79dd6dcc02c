import { isAbsolute } from 'node:path';
import type { GraphRequests } from '../protocol';
import type { RunContext } from '../recipe/runContext';
import { PressError } from '../util/pressError';
import type { EngineHandlers } from './handlers';

/** Requests about graphs that only read files: ONNX Runtime is never loaded for them. */
export type GraphReadMethod = Exclude<
  keyof GraphRequests,
  'graph/shapes' | 'graph/coupling' | 'graph/profile' | 'graph/sensitivity'
>;

/** The handlers of requests that read; each loads its part on first use. */
export function graphReadHandlers(): Pick<EngineHandlers, GraphReadMethod> {
  return {
    'graph/load': async ({ path }) => {
      // A person waits for the first graph, and the schemas of all requests take as long to load as a small model.
      if (typeof path !== 'string' || !isAbsolute(path)) throw wrongPath();
      const { loadGraph } = await import('../recipe/graph/loadGraph');
      return loadGraph(path);
    },
    'graph/weight': checked('graph/weight', async ({ path, ...ref }, context) => {
      const { weightDetails } = await import('../recipe/graph/weightDetails');
      return weightDetails(path, ref, context);
    }),
    'graph/weightPage': checked('graph/weightPage', async ({ path, offset, count, ...ref }) => {
      const { weightPage } = await import('../recipe/graph/weightPage');
      return weightPage(path, ref, offset, count);
    }),
    'graph/exportWeight': checked('graph/exportWeight', async ({ path, output, ...ref }, context) => {
      const { exportWeight } = await import('../recipe/graph/exportWeight');
      return exportWeight(path, ref, output, context);
    }),
    'graph/activation': checked('graph/activation', async ({ path, tensor }) => {
      const { activationDetails } = await import('../recipe/graph/activationDetails');
      return activationDetails(path, tensor);
    }),
    'graph/overlay': checked('graph/overlay', async ({ path, overlay }) => {
      const { overlayData } = await import('../recipe/graph/overlayData');
      return overlayData(path, overlay);
    }),
    'graph/pruned': checked('graph/pruned', async ({ path, node }) => {
      const { prunedGroups } = await import('../recipe/graph/prunedGroups');
      return prunedGroups(path, node);
    }),
    'graph/mapping': checked('graph/mapping', async ({ first, second }) => {
      const { graphMapping } = await import('../recipe/graph/graphMapping');
      return graphMapping(first, second);
    }),
  };
}

type Handler<M extends keyof GraphRequests> = (
  params: GraphRequests[M]['params'],
  context: RunContext,
) => Promise<GraphRequests[M]['result']>;

/** A handler that first checks what it was asked with. */
export function checked<M extends keyof GraphRequests>(method: M, handler: Handler<M>): Handler<M> {
  return async (params, context) => {
    const { parseGraphParams } = await import('./graphParams');
    return handler(parseGraphParams(method, params), context);
  };
}

function wrongPath(): PressError {
  return new PressError('bad-option', 'graph/load was asked with wrong parameters: "path": must be an absolute path.', {
    method: 'graph/load',
  });
}
