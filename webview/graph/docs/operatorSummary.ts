import { MICROSOFT } from './microsoft';
import { STANDARD_A_TO_L } from './standardAtoL';
import { STANDARD_M_TO_Z } from './standardMtoZ';

/** By operator: what it does, in English and in Simplified Chinese. */
export type SummaryTable = Readonly<Record<string, readonly [english: string, chinese: string]>>;

const STANDARD = new Map(Object.entries({ ...STANDARD_A_TO_L, ...STANDARD_M_TO_Z }));
const CONTRIBUTED = new Map(Object.entries(MICROSOFT));
const STANDARD_DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml']);

/**
 * What an operator does, in one or two sentences of the language of `locale` (BCP 47; English unless Chinese).
 * Undefined for an operator that is not known: a custom one, or one newer than this table.
 */
export function operatorSummary(operator: string, domain: string, locale: string): string | undefined {
  const table = STANDARD_DOMAINS.has(domain) ? STANDARD : domain === 'com.microsoft' ? CONTRIBUTED : undefined;
  const entry = table?.get(operator);
  return locale.toLowerCase().startsWith('zh') ? entry?.[1] : entry?.[0];
}
