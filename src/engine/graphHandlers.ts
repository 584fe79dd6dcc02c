import type { GraphRequests } from '../protocol';
import { checked, graphReadHandlers } from './graphReadHandlers';
import type { EngineHandlers } from './handlers';

/** The handlers of the requests about graphs; each loads its part on first use, and ONNX Runtime only where it runs. */
export function graphHandlers(): Pick<EngineHandlers, keyof GraphRequests> {
  return {
    ...graphReadHandlers(),
    'graph/shapes': checked('graph/shapes', async ({ path }) => {
      const { inferGraphShapes } = await import('../recipe/graph/inferGraphShapes');
      return inferGraphShapes(path);
    }),
    'graph/coupling': checked('graph/coupling', async ({ path }, context) => {
      const { graphCoupling } = await import('../recipe/graph/graphCoupling');
      return graphCoupling(path, context);
    }),
    'graph/profile': checked('graph/profile', async (params, context) => {
      const { profileGraph } = await import('../recipe/graph/profileGraph');
      return profileGraph(params, context);
    }),
    'graph/sensitivity': checked('graph/sensitivity', async (params, context) => {
      const { sensitivityGraph } = await import('../recipe/graph/sensitivityGraph');
      return sensitivityGraph(params, context);
    }),
  };
}
