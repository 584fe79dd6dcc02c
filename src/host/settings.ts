import * as vscode from 'vscode';
import * as z from 'zod';
import type { CalibrationMethod } from '../protocol';
import { SettingId } from './ids';

/** The settings, validated; a value that does not fit is replaced by its default and named in the log. */
export interface Settings {
  /** Undefined leaves the choice to the pipeline; so it is for the next three. */
  readonly threads: number | undefined;
  readonly calibrationMethod: CalibrationMethod | undefined;
  readonly calibrationSamples: number | undefined;
  readonly outputSuffix: string | undefined;
  readonly exclude: readonly string[];
  /** Nodes that pruning leaves as they are. */
  readonly pruneProtect: readonly string[];
  readonly seed: number;
  readonly engineCancelTimeoutMs: number;
  readonly engineIdleTimeoutMs: number;
}

const METHODS = ['auto', 'minmax', 'moving-average', 'percentile', 'entropy', 'mse'] as const;

/** The same bounds and defaults as in package.json: VS Code shows a bad value as such, but still hands it out. */
const SCHEMAS = {
  [SettingId.threads]: z.int().min(0).max(256).catch(0),
  [SettingId.seed]: z.int().min(0).max(4_294_967_295).catch(0),
  [SettingId.exclude]: z.array(z.string().min(1)).catch([]),
  [SettingId.pruneProtect]: z.array(z.string().min(1)).catch([]),
  [SettingId.outputSuffix]: z
    .string()
    .max(40)
    .regex(/^([._-][A-Za-z0-9._-]*)?$/)
    .catch(''),
  [SettingId.calibrationMethod]: z.enum(METHODS).catch('auto'),
  [SettingId.calibrationSamples]: z.int().min(0).max(100_000).catch(0),
  [SettingId.engineCancelTimeout]: z.int().min(0).max(60_000).catch(800),
  [SettingId.engineIdleTimeout]: z.int().min(0).max(1_440).catch(10),
} as const;

/** Reads the settings that count for `scope` (a model's address, where settings differ by folder). */
export function readSettings(log: Pick<vscode.LogOutputChannel, 'warn'>, scope?: vscode.Uri): Settings {
  const configuration = vscode.workspace.getConfiguration(undefined, scope ?? null);
  const read = <K extends keyof typeof SCHEMAS>(id: K): z.infer<(typeof SCHEMAS)[K]> => {
    const raw: unknown = configuration.get(id);
    const value = SCHEMAS[id].parse(raw);
    if (JSON.stringify(raw) !== JSON.stringify(value)) {
      log.warn(`Setting ${id} has no valid value (${JSON.stringify(raw)}); using ${JSON.stringify(value)}.`);
    }
    // The schema of this id produced the value.
    return value as z.infer<(typeof SCHEMAS)[K]>;
  };
  const method = read(SettingId.calibrationMethod);
  return {
    threads: read(SettingId.threads) || undefined,
    calibrationMethod: method === 'auto' ? undefined : method,
    calibrationSamples: read(SettingId.calibrationSamples) || undefined,
    outputSuffix: read(SettingId.outputSuffix) || undefined,
    exclude: read(SettingId.exclude),
    pruneProtect: read(SettingId.pruneProtect),
    seed: read(SettingId.seed),
    engineCancelTimeoutMs: read(SettingId.engineCancelTimeout),
    engineIdleTimeoutMs: read(SettingId.engineIdleTimeout) * 60_000,
  };
}
