import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { z } from 'zod';

/** What a model file was when something was measured on it; figures of another state of the file are not shown. */
export interface ModelStamp {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** Files of runs beyond this are none that this tool wrote. */
const MAX_FILE_BYTES = 64 << 20;

/** The folder beside a model that holds what was measured on it. */
export function runFolderOf(modelPath: string): string {
  return join(dirname(modelPath), '.onnx-press', basename(modelPath, extname(modelPath)));
}

/** The present state of a model file; undefined where there is none. */
export function stampOf(modelPath: string): ModelStamp | undefined {
  try {
    const { size, mtimeMs } = statSync(modelPath);
    return { sizeBytes: size, mtimeMs };
  } catch {
    return undefined;
  }
}

/** True when the model is still what it was. */
export function isCurrent(modelPath: string, stamp: ModelStamp): boolean {
  const now = stampOf(modelPath);
  return now?.sizeBytes === stamp.sizeBytes && now.mtimeMs === stamp.mtimeMs;
}

/** The content of a file that this tool wrote; undefined where it is missing, too large, damaged or of another version. */
export function readRunFile<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) return undefined;
    const result = schema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
