import * as z from 'zod';
import { PRESET_IDS } from '../flow/presets';

/** Longer paths are no paths. */
const MAX_PATH = 4096;

const path = z.string().min(1).max(MAX_PATH);

/** What an assistant passes to each tool; package.json declares the same keys. Paths may be relative to the workspace. */
export const INSPECT_INPUT = z.strictObject({ model: path });
export const EXPLAIN_INPUT = z.strictObject({ model: path });
export const QUANTIZE_INPUT = z.strictObject({
  model: path,
  preset: z.enum(PRESET_IDS).default('balanced'),
  data: path.optional(),
  evaluationData: path.optional(),
  synthetic: z.boolean().default(false),
});
export const COMPARE_INPUT = z.strictObject({
  after: path,
  before: path.optional(),
  data: path.optional(),
  synthetic: z.boolean().default(false),
});
