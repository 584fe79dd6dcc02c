import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { PressError } from '../util/pressError';

/** An absolute path. */
export const pathSchema = z.string().min(1).max(32_768).refine(isAbsolute, 'must be an absolute path');

/** A name of a tensor or node. */
export const nameSchema = z.string().max(1_000_000);

/** The name that whoever asks gives to a run that trains. */
export const runNameSchema = z.string().min(1).max(100);

/** What requests that run a model share: what to feed to dynamic inputs, threads, seed. */
export const runSchemas = {
  shapes: z.record(nameSchema, z.array(z.int().min(0)).max(64)).optional(),
  fills: z.record(nameSchema, z.number()).optional(),
  threads: z.int().min(0).max(256).optional(),
  seed: z.int().optional(),
};

/** Checks what came over the process border for a request. Throws `bad-option` and says what is wrong. */
export function parseParams<T>(method: string, schema: z.ZodType<T>, params: unknown): T {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const [problem] = result.error.issues;
  const where = problem && problem.path.length > 0 ? `"${problem.path.join('.')}": ` : '';
  throw new PressError('bad-option', `${method} was asked with wrong parameters: ${where}${problem?.message ?? ''}.`, {
    method,
  });
}
