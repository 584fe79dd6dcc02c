import { z } from 'zod';
import type { GraphRequests } from '../protocol';
import { nameSchema as name, parseParams, pathSchema as path, runSchemas } from './parseParams';

const index = z
  .int()
  .min(0)
  .max(2 ** 31);
const tensor = { path, graph: index, tensor: index };
const schemas: { readonly [M in keyof GraphRequests]: z.ZodType<GraphRequests[M]['params']> } = {
  'graph/load': z.strictObject({ path }),
  'graph/shapes': z.strictObject({ path }),
  'graph/coupling': z.strictObject({ path }),
  'graph/weight': z.strictObject(tensor),
  'graph/weightPage': z.strictObject({
    ...tensor,
    offset: z.int().min(0),
    count: z.int().min(0).max(1024),
  }),
  'graph/exportWeight': z.strictObject({ ...tensor, output: path }),
  'graph/activation': z.strictObject({ path, tensor: name }),
  'graph/overlay': z.strictObject({ path, overlay: z.enum(['range', 'latency', 'sensitivity']) }),
  'graph/pruned': z.strictObject({ path, node: name }),
  'graph/profile': z.strictObject({ path, runs: z.int().min(3).max(1000).optional(), ...runSchemas }),
  'graph/sensitivity': z.strictObject({
    path,
    data: path.optional(),
    synthetic: z.boolean().optional(),
    samples: z.int().min(1).max(512).optional(),
    ...runSchemas,
  }),
  'graph/mapping': z.strictObject({ first: path, second: path }),
};

/** Checks what came over the process border for a request about graphs. Throws `bad-option` and says what is wrong. */
export function parseGraphParams<M extends keyof GraphRequests>(
  method: M,
  params: unknown,
): GraphRequests[M]['params'] {
  return parseParams(method, schemas[method], params);
}
