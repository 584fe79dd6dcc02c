import type { z } from 'zod';

/** What a schema finds wrong with a value, in English; of alternatives, why each does not fit. */
export function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  const reasons = issue.errors.map((branch) => branch[0]?.message ?? '').filter((message) => message !== '');
  return reasons.length === 0 ? issue.message : [...new Set(reasons)].join(', or ');
}
