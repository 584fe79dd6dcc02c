import { basename, dirname, extname, join } from 'node:path';
import type { QuantizeSettings } from '../protocol';
import { freshPath, outputExists } from '../util/files';
import { existsSync } from 'node:fs';

/** Where a run writes. */
export interface OutputPaths {
  readonly model: string;
  readonly report: string;
  /** Holds the recipe; one folder a run. */
  readonly runFolder: string;
}

/** The part of an output's name that says what was done: `int8`, `int4`, `fp16`. */
export function outputSuffix(settings: QuantizeSettings): string {
  if (settings.mode === 'fp16') return 'fp16';
  return settings.mode === 'weights' ? `w${settings.weightBits ?? 8}` : 'int8';
}

/**
 * Where the outputs for a model go: beside it under a name that is free, or under the name that was asked for.
 * Throws `output-exists` when that is taken.
 */
export function outputPaths(modelPath: string, settings: QuantizeSettings, wanted?: string): OutputPaths {
  if (wanted !== undefined && existsSync(wanted)) throw outputExists(wanted);
  const stem = modelPath.slice(0, modelPath.length - extname(modelPath).length);
  const model = wanted ?? freshPath(`${stem}.${outputSuffix(settings)}.onnx`);
  const name = basename(model, extname(model));
  const folder = dirname(model);
  return {
    model,
    report: freshPath(join(folder, `${name}.report.json`)),
    runFolder: join(folder, '.onnx-press', name),
  };
}
