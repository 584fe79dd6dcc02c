import { existsSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { QuantizeSettings } from '../protocol';
import { outputExists } from '../util/files';

/** Where a run writes. */
export interface OutputPaths {
  readonly model: string;
  readonly report: string;
  /** Holds the recipe; one folder a run. */
  readonly runFolder: string;
}

/** The part of an output's name that says what was done: `int8`, `w8`, `w4`, `fp16`. */
export function outputSuffix(settings: QuantizeSettings): string {
  if (settings.mode === 'fp16') return 'fp16';
  return settings.mode === 'weights' ? `w${settings.weightBits ?? 8}` : 'int8';
}

/**
 * Where the outputs for a model go: beside it under one name that is free for model and report, or under the name that
 * was asked for. Throws `output-exists` when that is taken.
 */
export function outputPaths(modelPath: string, settings: QuantizeSettings, wanted?: string): OutputPaths {
  if (wanted !== undefined && existsSync(wanted)) throw outputExists(wanted);
  const folder = dirname(wanted ?? modelPath);
  const name =
    wanted === undefined
      ? `${basename(modelPath, extname(modelPath))}.${outputSuffix(settings)}`
      : basename(wanted, extname(wanted));
  for (let n = 1; ; n++) {
    const stem = n === 1 ? name : `${name}-${n}`;
    const model = wanted ?? join(folder, `${stem}.onnx`);
    // The menus know a report by this ending; a counter inside it would hide the report from them.
    const report = join(folder, `${stem}.report.json`);
    if (!existsSync(model) && !existsSync(report)) {
      return { model, report, runFolder: join(folder, '.onnx-press', stem) };
    }
  }
}
