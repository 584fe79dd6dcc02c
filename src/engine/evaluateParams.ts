import { z } from 'zod';
import type { EvaluateRequests } from '../protocol';
import { parseParams, pathSchema as path, runSchemas } from './parseParams';

const data = {
  data: path.optional(),
  synthetic: z.boolean().optional(),
  limit: z.int().min(1).optional(),
  batchSize: z.int().min(1).max(4096).optional(),
  trusted: z.boolean().optional(),
  ...runSchemas,
};

const schemas: { readonly [M in keyof EvaluateRequests]: z.ZodType<EvaluateRequests[M]['params']> } = {
  'model/evaluate': z.strictObject({ model: path, reference: path.optional(), ...data }),
  'model/compare': z.strictObject({ before: path, after: path, ...data }),
  'model/profile': z.strictObject({
    model: path,
    provider: z.enum(['cpu', 'webgpu', 'cuda', 'dml', 'coreml']).optional(),
    batches: z.array(z.int().min(1).max(4096)).min(1).max(16).optional(),
    runs: z.int().min(3).max(1000).optional(),
    ...runSchemas,
  }),
};

/** Checks what came over the process border for a request that measures models. Throws `bad-option`. */
export function parseEvaluateParams<M extends keyof EvaluateRequests>(
  method: M,
  params: unknown,
): EvaluateRequests[M]['params'] {
  return parseParams(method, schemas[method], params);
}
