import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpointHeader,
  type CheckpointHeader,
} from '../../train/loop/checkpoint';
import type { TrainState } from '../../train/loop/trainState';
import { createAtomicFile, fileError, freshPath, openFileSource } from '../../util/files';
import { PressError } from '../../util/pressError';
import { isLocked, releaseLock, takeLock } from '../../util/processLock';
import { sameFile } from '../graph/sameFile';
import { parseOrigin, type CheckpointOrigin } from './checkpointOrigin';

const ENDING = '.checkpoint';

/** What a checkpoint belongs to. */
export interface CheckpointOwner {
  /** Everything that decides the numbers, and nothing else. */
  readonly run: string;
  readonly origin: CheckpointOrigin;
}

/** Where a training keeps the state that it can go on from. */
export interface CheckpointFile {
  /**
   * Undefined for a new training. Throws `bad-option` when there is none of this one, and `file-access` when another
   * process goes on from it.
   */
  read(run: string): TrainState | undefined;
  /** Replaces what is there, whole or not at all. */
  write(state: TrainState, owner: CheckpointOwner): void;
  remove(): void;
  /** Says that the training has ended, well or not; until then the checkpoint is not that of an unfinished one. */
  release(): void;
}

/** A checkpoint in the folder of runs. */
export interface FoundCheckpoint {
  readonly path: string;
  readonly mtimeMs: number;
  /** Undefined where the file is damaged. */
  readonly header: CheckpointHeader | undefined;
  /** True while a process trains from it. */
  readonly isRunning: boolean;
}

/** Where the first checkpoint of a training lies whose model will be at `output`. */
export function checkpointPath(output: string): string {
  return join(dirname(output), '.onnx-press', `${basename(output, extname(output))}${ENDING}`);
}

/** The checkpoints of trainings that write into `folder`, newest first. */
export function checkpointsIn(folder: string): FoundCheckpoint[] {
  const runs = join(folder, '.onnx-press');
  return checkpointNames(runs)
    .flatMap((name) => {
      const path = join(runs, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat?.isFile()
        ? [{ path, mtimeMs: stat.mtimeMs, header: headerOf(path), isRunning: isLocked(lockOf(path)) }]
        : [];
    })
    .sort((a, b) => b.mtimeMs - a.mtimeMs);
}

/**
 * The checkpoint of a training of `model` whose result will lie at `output`: in the folder of runs under the result's
 * name. A new training takes a free name, so that an unfinished one is not lost; with `resume`, the latest that belongs
 * to it is taken, whatever its name: the result has another one where a model has taken the first meanwhile.
 * Throws `file-not-found` when there is nothing to resume.
 */
export function checkpointFile(output: string, model: string, resume: boolean): CheckpointFile {
  const first = checkpointPath(output);
  const candidates = resume ? unfinished(first, model) : [];
  if (resume && candidates.length === 0) throw nothingToResume(first);
  let path = first;
  let isHeld = false;
  const hold = (): void => {
    if (!takeLock(lockOf(path))) throw runsAlready(path);
    isHeld = true;
  };
  const release = (): void => {
    if (isHeld) releaseLock(lockOf(path));
    isHeld = false;
  };
  return {
    read(run) {
      const [newest] = candidates;
      if (newest === undefined) return undefined;
      ({ path } = candidates.find(({ header }) => header?.run === run) ?? newest);
      try {
        const state = decodeCheckpoint(readFileSync(path), run);
        hold();
        return state;
      } catch (error) {
        throw fileError(path, error);
      }
    },
    write(state, { run, origin }) {
      mkdirSync(dirname(path), { recursive: true });
      if (!isHeld) {
        // Chosen as late as this, so that another training that began meanwhile keeps its own.
        path = freshPath(first);
        hold();
      }
      const file = createAtomicFile(path, { overwrite: true });
      try {
        file.write(encodeCheckpoint(state, run, origin));
        file.commit();
      } catch (error) {
        file.abort();
        throw error;
      }
    },
    remove: () => {
      if (isHeld) rmSync(path, { force: true });
      release();
    },
    release,
  };
}

/** Checkpoints of the result's name, with or without a number, and others of the model. */
function unfinished(first: string, model: string): FoundCheckpoint[] {
  const stem = basename(first, ENDING);
  return checkpointsIn(dirname(dirname(first))).filter(({ path, header }) => {
    const name = basename(path, ENDING);
    if (name === stem || (name.startsWith(`${stem}-`) && /^\d+$/.test(name.slice(stem.length + 1)))) return true;
    const origin = parseOrigin(header?.origin);
    return origin !== undefined && sameFile(origin.params.model, model, path);
  });
}

function checkpointNames(runs: string): string[] {
  try {
    return readdirSync(runs).filter((name) => name.endsWith(ENDING) && !name.startsWith('.'));
  } catch {
    return [];
  }
}

function headerOf(path: string): CheckpointHeader | undefined {
  try {
    const source = openFileSource(path);
    try {
      return readCheckpointHeader(source);
    } finally {
      source.close();
    }
  } catch {
    return undefined;
  }
}

function lockOf(path: string): string {
  return `${path}.lock`;
}

function runsAlready(path: string): PressError {
  return new PressError('file-access', `A training that ${path} belongs to is running. Wait for it, or end it.`, {
    path,
  });
}

function nothingToResume(first: string): PressError {
  return new PressError(
    'file-not-found',
    `There is no unfinished training to go on with: ${first} does not exist. Leave --resume out, or give the --out of that training.`,
    { path: first },
  );
}
