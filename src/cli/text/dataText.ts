import type { DataFacts } from '../../protocol';
import { formatQuantity } from '../../util/format';
import { section } from './figures';

/** Skipped samples that are named; the rest is counted. */
const NAMED_SKIPPED = 3;

/** What was read, what was assumed about it, and what could not be read. */
export function dataLines({ description, synthetic, skipped, notes }: DataFacts): string[] {
  const warnings = [
    ...(synthetic ? ['The inputs were generated: nothing here says how accurate a model is.'] : []),
    ...notes.map(({ message }) => message),
    ...skippedLines(skipped),
  ];
  return [
    `Data      ${description}`,
    ...section(
      'Warnings',
      warnings.map((line) => `  ${line}`),
    ),
  ];
}

/** Samples that were left out: how many, and the first of them with the reason. */
export function skippedLines(skipped: DataFacts['skipped']): string[] {
  if (skipped.length === 0) return [];
  const named = skipped.slice(0, NAMED_SKIPPED).map(({ source, reason }) => `${source}: ${reason}`);
  return [`${formatQuantity(skipped.length, 'sample')} could not be read and were left out: ${named.join('; ')}`];
}
