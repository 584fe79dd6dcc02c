import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { GraphRequests } from '../protocol';
import { PressError } from '../util/pressError';

const path = z.string().min(1).max(32_768).refine(isAbsolute, 'must be an absolute path');
const index = z
  .int()
  .min(0)
  .max(2 ** 31);
const name = z.string().max(1_000_000);
const tensor = { path, graph: index, tensor: index };
const inputs = {
  shapes: z.record(name, z.array(z.int().min(0)).max(64)).optional(),
  fills: z.record(name, z.number()).optional(),
  threads: z.int().min(0).max(256).optional(),
  seed: z.int().optional(),
};

const schemas: { readonly [M in keyof GraphRequests]: z.ZodType<GraphRequests[M]['params']> } = {
  'graph/load': z.strictObject({ path }),
  'graph/shapes': z.strictObject({ path }),
  'graph/weight': z.strictObject(tensor),
  'graph/weightPage': z.strictObject({
    ...tensor,
    offset: z.int().min(0),
    count: z.int().min(0).max(1024),
  }),
  'graph/exportWeight': z.strictObject({ ...tensor, output: path }),
  'graph/activation': z.strictObject({ path, tensor: name }),
  'graph/overlay': z.strictObject({ path, overlay: z.enum(['range', 'latency', 'sensitivity']) }),
  'graph/profile': z.strictObject({ path, runs: z.int().min(3).max(1000).optional(), ...inputs }),
  'graph/sensitivity': z.strictObject({
    path,
    data: path.optional(),
    synthetic: z.boolean().optional(),
    samples: z.int().min(1).max(512).optional(),
    ...inputs,
  }),
  'graph/mapping': z.strictObject({ first: path, second: path }),
};

/** Checks what came over the process border for a request about graphs. Throws `bad-option` and says what is wrong. */
export function parseGraphParams<M extends keyof GraphRequests>(
  method: M,
  params: unknown,
): GraphRequests[M]['params'] {
  const result = schemas[method].safeParse(params);
  if (result.success) return result.data;
  const [problem] = result.error.issues;
  const where = problem && problem.path.length > 0 ? `"${problem.path.join('.')}": ` : '';
  throw new PressError('bad-option', `${method} was asked with wrong parameters: ${where}${problem?.message ?? ''}.`, {
    method,
  });
}
