import type { GraphRequests } from '../protocol';
import type { RunContext } from '../recipe/runContext';
import type { EngineHandlers } from './handlers';
import { parseGraphParams } from './graphParams';

/** The handlers of the requests about graphs; each loads its part on first use, and ONNX Runtime only where it runs. */
export function graphHandlers(): Pick<EngineHandlers, keyof GraphRequests> {
  return {
    'graph/load': checked('graph/load', async ({ path }) => {
      const { loadGraph } = await import('../recipe/graph/loadGraph');
      return loadGraph(path);
    }),
    'graph/shapes': checked('graph/shapes', async ({ path }) => {
      const { inferGraphShapes } = await import('../recipe/graph/inferGraphShapes');
      return inferGraphShapes(path);
    }),
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
    'graph/profile': checked('graph/profile', async (params, context) => {
      const { profileGraph } = await import('../recipe/graph/profileGraph');
      return profileGraph(params, context);
    }),
    'graph/sensitivity': checked('graph/sensitivity', async (params, context) => {
      const { sensitivityGraph } = await import('../recipe/graph/sensitivityGraph');
      return sensitivityGraph(params, context);
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
function checked<M extends keyof GraphRequests>(method: M, handler: Handler<M>): Handler<M> {
  return async (params, context) => handler(parseGraphParams(method, params), context);
}
