import { version } from '../../package.json';
import { graphReadHandlers, type GraphReadMethod } from './graphReadHandlers';
import type { EngineHandlers } from './handlers';
import { trainReadHandlers, type TrainReadMethod } from './trainReadHandlers';

/** What the engine that reads answers: requests that take moments and never load native code. */
export function readHandlers(): Pick<
  EngineHandlers,
  GraphReadMethod | TrainReadMethod | 'engine/hello' | 'model/inspect'
> {
  return {
    'engine/hello': async () => ({ version, pid: process.pid }),
    'model/inspect': async ({ path }) => {
      const { inspectModel } = await import('../recipe/inspectModel');
      return inspectModel(path);
    },
    ...graphReadHandlers(),
    ...trainReadHandlers(),
  };
}
