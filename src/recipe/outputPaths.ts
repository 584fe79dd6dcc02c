import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { PruneSettings, QuantizeSettings } from '../protocol';
import { createAtomicFile, fileError, outputExists } from '../util/files';
import { PressError } from '../util/pressError';

/** Where a run writes. */
export interface OutputPaths {
  readonly model: string;
  readonly report: string;
  /** Holds the recipe; one folder a run, which does not exist yet. */
  readonly runFolder: string;
}

/** The part of a quantized model's name that says what was done: `int8`, `w4a8`, `w8`, `w4`, `fp16`. */
export function quantizedSuffix(settings: QuantizeSettings): string {
  if (settings.mode === 'fp16') return 'fp16';
  if (settings.mode === 'weights') return `w${settings.weightBits ?? 8}`;
  return settings.mode === 'static' && settings.weightBits === 4 ? 'w4a8' : 'int8';
}

/** The part of a pruned model's name that says what was done: `sparse`, `2of4`, `pruned`, `lowrank`. */
export function prunedSuffix({ method, nm = [2, 4] }: PruneSettings): string {
  switch (method) {
    case 'nm':
      return nm.join('of');
    case 'channel':
      return 'pruned';
    case 'depth':
      return 'shallow';
    case 'low-rank':
      return 'lowrank';
    default:
      return 'sparse';
  }
}

/**
 * Where the outputs for a model go: beside it under one name that is free for model and report, or under the name that
 * was asked for. The run folder has their name too, or with a number where a run of that name has been before, even if
 * its model was deleted. Throws `output-exists` when the name that was asked for is taken.
 */
export function outputPaths(modelPath: string, suffix: string, wanted?: string): OutputPaths {
  if (wanted !== undefined && existsSync(wanted)) throw outputExists(wanted);
  const folder = dirname(wanted ?? modelPath);
  const name =
    wanted === undefined ? `${basename(modelPath, extname(modelPath))}.${suffix}` : basename(wanted, extname(wanted));
  for (let n = 1; ; n++) {
    const stem = n === 1 ? name : `${name}-${n}`;
    const model = wanted ?? join(folder, `${stem}.onnx`);
    // The menus know a report by this ending; a counter inside it would hide the report from them.
    const report = join(folder, `${stem}.report.json`);
    if (!existsSync(model) && !existsSync(report)) {
      return { model, report, runFolder: freshFolder(join(folder, '.onnx-press', stem)) };
    }
  }
}

/**
 * Makes sure before a long run that its model can be written, by beginning a file and taking it back.
 * Throws `file-not-found` when the folder is missing, `file-access` when it is none or cannot be written to.
 */
export function requireWritable(model: string): void {
  const folder = dirname(model);
  const refuse = (code: 'file-not-found' | 'file-access', why: string, cause?: unknown): never => {
    throw new PressError(
      code,
      `${model} cannot be written: ${why}. Choose another place with --out.`,
      { path: model },
      { cause },
    );
  };
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat) return refuse('file-not-found', `the folder ${folder} does not exist`);
  if (!stat.isDirectory()) return refuse('file-access', `${folder} is not a folder`);
  try {
    createAtomicFile(model).abort();
  } catch (error) {
    refuse('file-access', fileError(model, error).message.replace(/\.$/, ''), error);
  }
}

function freshFolder(path: string): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? path : `${path}-${n}`;
    if (!existsSync(candidate)) return candidate;
  }
}
