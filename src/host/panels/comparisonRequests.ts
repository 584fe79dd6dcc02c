import * as z from 'zod';
import type { ComparisonPanelRequest } from '../../protocol';

/** A report with two dozen thumbnails is far below this. */
const MAX_HTML = 20_000_000;
const name = z.string().max(10_000);

/** What the webview may ask for; it names what it wants and never a path. */
const REQUEST: z.ZodType<ComparisonPanelRequest> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('measureLayers') }),
  z.strictObject({ type: z.literal('measureAgain') }),
  z.strictObject({ type: z.literal('sideBySide') }),
  z.strictObject({ type: z.literal('revealNode'), node: name }),
  z.strictObject({ type: z.literal('distribution'), tensor: name }),
  z.strictObject({ type: z.literal('act'), advice: z.int().min(0).max(100), button: z.int().min(0).max(100) }),
  z.strictObject({ type: z.literal('export'), html: z.string().max(MAX_HTML) }),
]);

/** Reads a message of the comparison panel; undefined for anything that is none. */
export function parseComparisonRequest(message: unknown): ComparisonPanelRequest | undefined {
  const request = REQUEST.safeParse(message);
  return request.success ? request.data : undefined;
}
