import { z } from 'zod';
import type { FusionRequests, SensitivityRequests } from '../protocol';
import { quantizeSettingsSchema } from '../recipe/quantizeSettings';
import { nameSchema, parseParams, pathSchema as path, runSchemas } from './parseParams';

/** Requests about the layers of a model. */
export type LayerRequests = SensitivityRequests & FusionRequests;

const data = { data: path.optional(), synthetic: z.boolean().optional(), ...runSchemas };
const measured = { ...data, limit: z.int().min(1).optional(), batchSize: z.int().min(1).max(4096).optional() };

const schemas: { readonly [M in keyof LayerRequests]: z.ZodType<LayerRequests[M]['params']> } = {
  'model/sensitivity': z.strictObject({ model: path, settings: quantizeSettingsSchema.optional(), ...measured }),
  'model/mixed': z.strictObject({
    model: path,
    settings: quantizeSettingsSchema,
    evaluationData: path.optional(),
    output: path.optional(),
    maxDropPoints: z.number().min(0).max(100).optional(),
    maxSeconds: z.number().min(1).max(86_400).optional(),
    remedies: z.array(z.enum(['calibration', 'per-channel', 'float'])).optional(),
    ...data,
  }),
  'model/fusion': z.strictObject({ model: path, ...measured }),
  'model/layerErrors': z.strictObject({
    before: path,
    after: path,
    layerwise: z.boolean().optional(),
    nodes: z.array(nameSchema).max(100_000).optional(),
    ...measured,
  }),
};

/** Checks what came over the process border for a request about layers. Throws `bad-option`. */
export function parseLayerParams<M extends keyof LayerRequests>(
  method: M,
  params: unknown,
): LayerRequests[M]['params'] {
  return parseParams(method, schemas[method], params);
}
