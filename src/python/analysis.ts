import { findExports } from './exports';
import type { Finding, RuleInput } from './finding';
import { findLenses, type ScriptLens } from './lenses';
import { findModels } from './models';
import { isTrainingScript } from './names';
import { exportFixedBatch, exportInTrainMode, exportOldOpset } from './rules/exporting';
import { klDivBatchmean, softmaxBeforeCrossEntropy } from './rules/losses';
import { pruneWithoutRemove } from './rules/pruning';
import {
  convertWithoutCalibration,
  deprecatedQuantization,
  missingFuse,
  quantizeInTrainMode,
} from './rules/quantization';
import type { Script } from './script';
import { findLoops, findTrainers } from './training';

/** What a script shows: lenses and findings, from top to bottom. */
export interface ScriptAnalysis {
  readonly lenses: readonly ScriptLens[];
  readonly findings: readonly Finding[];
}

const NOTHING: ScriptAnalysis = { lenses: [], findings: [] };
/** A line of its own that switches everything off for a file. */
const OFF = /^[ \t]*#[ \t]*onnx-press:[ \t]*off[ \t]*\r?$/m;
/** Scripts without these words import none of the packages; looking is much cheaper than parsing. */
const PACKAGE_WORDS = /\b(torch|torchvision|lightning|pytorch_lightning|timm|transformers)\b/;

/** True for a text that is worth parsing: it names one of the packages, and is not switched off. */
export function mayBeTrainingScript(text: string): boolean {
  return PACKAGE_WORDS.test(text) && !OFF.test(text);
}

const RULES: readonly ((input: RuleInput) => Finding[])[] = [
  klDivBatchmean,
  deprecatedQuantization,
  convertWithoutCalibration,
  missingFuse,
  quantizeInTrainMode,
  pruneWithoutRemove,
  exportInTrainMode,
  exportFixedBatch,
  exportOldOpset,
  softmaxBeforeCrossEntropy,
];

/** Looks through a script; nothing where it imports no training package or is switched off by its comment. */
export function analyseScript(script: Script): ScriptAnalysis {
  if (!mayBeTrainingScript(script.source)) return NOTHING;
  if (!isTrainingScript(script.imports)) return NOTHING;
  const models = findModels(script);
  const exports = findExports(script);
  const input = { script, models, exports };
  const lenses = findLenses({ ...input, loops: findLoops(script), trainers: findTrainers(script) });
  const findings = RULES.flatMap((rule) => rule(input)).sort(
    ({ span: { start: a } }, { span: { start: b } }) => a.line - b.line || a.column - b.column,
  );
  return { lenses, findings };
}
