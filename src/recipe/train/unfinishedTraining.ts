import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { UnfinishedTraining } from '../../protocol';
import { isCurrent, type ModelStamp } from '../graph/runFiles';
import { sameFile } from '../graph/sameFile';
import { checkpointsIn, type FoundCheckpoint } from './checkpointFile';
import { parseOrigin } from './checkpointOrigin';

/**
 * The latest training of a model that was cancelled, killed or failed and can go on: its checkpoint lies beside the
 * model and is whole, and model, teacher and data are there as they were, and no process trains from it. Null where there is none. Reads the beginning
 * of each checkpoint only.
 */
export function unfinishedTraining(model: string): UnfinishedTraining | null {
  for (const found of checkpointsIn(dirname(model))) {
    const training = resumable(found, model);
    if (training) return training;
  }
  return null;
}

function resumable(
  { path, mtimeMs, header, isRunning }: FoundCheckpoint,
  model: string,
): UnfinishedTraining | undefined {
  const origin = parseOrigin(header?.origin);
  if (isRunning || !header || !origin) return undefined;
  const { params } = origin;
  const { teacher, data, output } = params;
  const isOwn = sameFile(params.model, model, path);
  // It would not be found where it looks for its checkpoint, and a file must not say where else to write.
  const isBeside = output === undefined || dirname(resolve(output)) === dirname(dirname(path));
  const isThere =
    isUnchanged(params.model, origin.model) &&
    (teacher === undefined || isUnchanged(teacher, origin.teacher)) &&
    (data === undefined || existsSync(data));
  if (!isOwn || !isBeside || !isThere) return undefined;
  const epochs = params.settings.epochs ?? header.epoch;
  return {
    params: { ...params, resume: true },
    epoch: Math.min(epochs, header.epoch + 1),
    epochs,
    checkpointPath: path,
    savedAtMs: mtimeMs,
    history: header.history,
  };
}

function isUnchanged(path: string, stamp: ModelStamp | null | undefined): boolean {
  return stamp !== null && stamp !== undefined && isCurrent(path, stamp);
}
