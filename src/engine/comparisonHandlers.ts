import { z } from 'zod';
import type { ComparisonRequests } from '../protocol';
import type { EngineHandlers } from './handlers';
import { nameSchema as name, parseParams, pathSchema as path, runSchemas } from './parseParams';

/** A gallery shows so many samples at most. */
const MAX_PREVIEWS = 64;

const data = { data: path.optional(), synthetic: z.boolean().optional(), limit: z.int().min(1).optional() };

const schemas: { readonly [M in keyof ComparisonRequests]: z.ZodType<ComparisonRequests[M]['params']> } = {
  'data/preview': z.strictObject({
    model: path,
    indices: z.array(z.int().min(0)).max(MAX_PREVIEWS),
    ...data,
    ...runSchemas,
  }),
  'model/sharedTensors': z.strictObject({ before: path, after: path }),
  'model/distribution': z.strictObject({ before: path, after: path, tensor: name, ...data, ...runSchemas }),
};

/** The handlers of the comparison panel; each checks what it was asked with and loads its part on first use. */
export function comparisonHandlers(): Pick<EngineHandlers, keyof ComparisonRequests> {
  return {
    'data/preview': async (params, context) => {
      const checked = parseParams('data/preview', schemas['data/preview'], params);
      const { samplePreviews } = await import('../recipe/samplePreviews');
      return { previews: await samplePreviews(checked, context) };
    },
    'model/sharedTensors': async (params) => {
      const { before, after } = parseParams('model/sharedTensors', schemas['model/sharedTensors'], params);
      const { sharedTensors } = await import('../recipe/tensorDistributions');
      return sharedTensors(before, after);
    },
    'model/distribution': async (params, context) => {
      const checked = parseParams('model/distribution', schemas['model/distribution'], params);
      const { tensorDistribution } = await import('../recipe/tensorDistributions');
      return tensorDistribution(checked, context);
    },
  };
}
