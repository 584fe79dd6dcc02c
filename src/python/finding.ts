import type { ScriptEdit } from './edits';
import type { ExportCall } from './exports';
import type { ModelClass } from './models';
import type { Script } from './script';
import type { Span } from './span';

/** The known traps, as settings and diagnostics name them. */
export const RULE_IDS = [
  'kldiv-batchmean',
  'deprecated-quantization',
  'convert-without-calibration',
  'missing-fuse',
  'quantize-in-train-mode',
  'prune-without-remove',
  'export-in-train-mode',
  'export-fixed-batch',
  'export-old-opset',
  'softmax-before-cross-entropy',
] as const;

export type RuleId = (typeof RULE_IDS)[number];

/** A trap that a script steps into. */
export interface Finding {
  readonly rule: RuleId;
  readonly span: Span;
  /** What the text of the rule names: a variable, a function, a number. */
  readonly subject: string;
  /** The change that takes the trap away; empty where a person has to decide. */
  readonly fix: readonly ScriptEdit[];
}

/** What a rule looks at. */
export interface RuleInput {
  readonly script: Script;
  readonly models: readonly ModelClass[];
  readonly exports: readonly ExportCall[];
}

/** The edits that could be made; none when one of them could not, since half a fix is none. */
export function wholeFix(edits: readonly (ScriptEdit | undefined)[]): ScriptEdit[] {
  const made = edits.filter((edit) => edit !== undefined);
  return made.length === edits.length ? made : [];
}
