import { z } from 'zod';
import type { PruneRequests } from '../protocol';
import { pruneSettingsSchema } from '../recipe/pruneSettings';
import type { EngineHandlers } from './handlers';
import { nameSchema, parseParams, pathSchema as path, runSchemas } from './parseParams';

const data = { model: path, data: path.optional(), synthetic: z.boolean().optional(), ...runSchemas };

const schemas: { readonly [M in keyof PruneRequests]: z.ZodType<PruneRequests[M]['params']> } = {
  'model/prune': z.strictObject({
    ...data,
    evaluationData: path.optional(),
    output: path.optional(),
    limit: z.int().min(1).optional(),
    settings: pruneSettingsSchema,
  }),
  'model/prunePreview': z.strictObject({
    ...data,
    method: z.enum(['magnitude', 'nm', 'block', 'channel', 'depth', 'low-rank']),
    amounts: z.array(z.number().min(0).max(1)).max(20),
    protect: z.array(nameSchema.min(1)).max(100_000).optional(),
  }),
};

/** The handlers of the requests about pruning; each checks what it was asked with and loads its part on first use. */
export function pruneHandlers(): Pick<EngineHandlers, keyof PruneRequests> {
  return {
    'model/prune': async (params, context) => {
      const checked = parseParams('model/prune', schemas['model/prune'], params);
      const { pruneModel } = await import('../recipe/pruneModel');
      return pruneModel(checked, context);
    },
    'model/prunePreview': async (params, context) => {
      const checked = parseParams('model/prunePreview', schemas['model/prunePreview'], params);
      const { previewPruning } = await import('../recipe/prunePreview');
      return previewPruning(checked, context);
    },
  };
}
