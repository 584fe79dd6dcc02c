import { z } from 'zod';
import type { EngineHandlers } from './handlers';
import { parseParams, pathSchema } from './parseParams';

/** Requests about trainings that only read files: neither ONNX Runtime nor a running training is needed for them. */
export type TrainReadMethod = 'train/unfinished';

const unfinishedSchema = z.strictObject({ model: pathSchema });

/** The handlers of requests that read; each loads its part on first use. */
export function trainReadHandlers(): Pick<EngineHandlers, TrainReadMethod> {
  return {
    'train/unfinished': async (params) => {
      const { model } = parseParams('train/unfinished', unfinishedSchema, params);
      const { unfinishedTraining } = await import('../recipe/train/unfinishedTraining');
      return unfinishedTraining(model);
    },
  };
}
