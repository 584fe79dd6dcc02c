import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { RecipeStepReport } from '../../protocol';
import { writeTextFile } from '../../util/files';
import { readRunFile } from '../graph/runFiles';

/** The record that a finished step leaves in its folder. */
const RECORD_FILE = 'step.json';
/** Hexadecimal digits of a fingerprint in the name of a folder: 64 bits, since long paths are refused on Windows. */
const NAME_DIGITS = 16;

const spread = z.object({ median: z.number(), low: z.number(), high: z.number() });
const proportion = z.object({ value: z.number(), low: z.number(), high: z.number(), count: z.number() });

const schema = z.object({
  format: z.literal('onnx-press-step'),
  version: z.literal(1),
  /** What the step's result depends on. */
  fingerprint: z.string(),
  /** The content of the model after the step. */
  modelHash: z.string(),
  /** Name of the model in the folder; absent where the step changes no model. */
  modelFile: z.string().optional(),
  seconds: z.number(),
  summary: z.string(),
  figures: z.object({
    sizeBytes: z.number(),
    macs: z.number().optional(),
    latencyMs: spread.optional(),
    accuracy: proportion.optional(),
    agreement: proportion.optional(),
  }),
  reportFile: z.string().optional(),
  mapping: z.array(z.object({ source: z.string(), targets: z.array(z.string()) })).optional(),
  warnings: z.array(z.looseObject({ code: z.string(), message: z.string() })),
});

/** What is kept of a step that was done. */
export interface StepRecord extends Omit<z.infer<typeof schema>, 'format' | 'version' | 'warnings'> {
  readonly warnings: RecipeStepReport['warnings'];
}

/**
 * The folder of a step below a run folder: `steps/quantize-0123456789abcdef`. It is named after what the result depends
 * on and not after the place in the recipe, so that a step is found again where others were put before it or taken out.
 */
export function stepFolderOf(runFolder: string, kind: string, fingerprint: string): string {
  return join(runFolder, 'steps', `${kind}-${fingerprint.slice(0, NAME_DIGITS)}`);
}

/** The record of a step; undefined where it was not finished, is another one, or what it made is gone. */
export function readStep(folder: string, fingerprint: string): StepRecord | undefined {
  const found = readRunFile(join(folder, RECORD_FILE), schema);
  if (found?.fingerprint !== fingerprint) return undefined;
  const { format: _format, version: _version, warnings, ...record } = found;
  if (record.modelFile !== undefined && !existsSync(join(folder, record.modelFile))) return undefined;
  // Warnings are kept as they were; notes that a later version does not know are shown in their own words.
  return { ...record, warnings: warnings as RecipeStepReport['warnings'] };
}

/**
 * Makes the folder of a step ready for a run. What a finished run has left goes; the checkpoint of an unfinished one
 * stays, so that a training goes on.
 */
export function beginStep(folder: string): void {
  if (existsSync(join(folder, RECORD_FILE))) rmSync(folder, { recursive: true, force: true });
  else if (existsSync(folder)) removeAllBut(folder, /\.checkpoint$/);
  mkdirSync(folder, { recursive: true });
}

/** Removes the files of a folder, those in folders too, except those whose name fits. */
function removeAllBut(folder: string, kept: RegExp): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeAllBut(path, kept);
    else if (!kept.test(entry.name)) rmSync(path, { force: true });
  }
}

/** Says that a step is done; written last, so that a killed run leaves no step that seems finished. */
export function writeStep(folder: string, record: StepRecord): void {
  const content = { format: 'onnx-press-step', version: 1, ...record };
  writeTextFile(join(folder, RECORD_FILE), `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * Removes the folders of steps other than those `kept`, except the latest so many. What another program has open stays
 * until the next time.
 */
export function removeOtherSteps(runFolder: string, kept: readonly string[], spared: number): void {
  const steps = join(runFolder, 'steps');
  const others = (existsSync(steps) ? readdirSync(steps) : [])
    .map((name) => join(steps, name))
    .filter((path) => !kept.includes(path))
    .map((path) => ({ path, mtimeMs: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs);
  for (const { path } of others.slice(spared)) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // Only disk space is at stake, which must not hide how the run ended.
    }
  }
}
