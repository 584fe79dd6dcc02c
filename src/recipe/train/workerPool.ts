import { fork, type ChildProcess } from 'node:child_process';
import { modelBytes } from '../../runtime/modelFile';
import type { ShardPlan } from '../../train/step/shardComputer';
import type { ModelState, Shard, ShardGradients, ShardMetrics, StepRunner } from '../../train/step/stepRunner';
import { CancelledError, PressError } from '../../util/pressError';
import type { WorkerAnswer, WorkerRequest } from './workerMessages';

/** Processes that compute shards. Close it when done. */
export interface WorkerPool extends StepRunner {
  close(): void;
}

/** How a pool is started. */
export interface WorkerPoolOptions {
  readonly count: number;
  /** The bundle of `src/engine/trainWorker.ts`. */
  readonly workerPath: string;
  /** Ends the processes at once; what is under way is rejected with {@link CancelledError}. */
  readonly signal: AbortSignal;
}

/**
 * Starts processes and has each load the graphs. Shard i goes to process i modulo their number; numbers travel as
 * binary, not as text. Throws `engine-stopped` when a process ends by itself, and what loading throws.
 */
export async function startWorkerPool(plan: ShardPlan, options: WorkerPoolOptions): Promise<WorkerPool> {
  const workers = Array.from({ length: options.count }, () => startWorker(options.workerPath));
  const stop = (): void => workers.forEach((worker) => worker.stop(new CancelledError()));
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  const close = (): void => {
    options.signal.removeEventListener('abort', stop);
    stop();
  };
  try {
    const whole = (model: ShardPlan['step']): Uint8Array => (model instanceof Uint8Array ? model : modelBytes(model));
    const bytes = { ...plan, step: whole(plan.step), evaluation: whole(plan.evaluation) };
    await Promise.all(workers.map((worker) => worker.ask({ kind: 'load', plan: bytes })));
  } catch (error) {
    close();
    throw error;
  }
  const compute = async <R>(kind: 'step' | 'evaluate', shards: readonly Shard[], state: ModelState): Promise<R[]> => {
    const own = workers.map((_, at) => shards.filter((_shard, i) => i % workers.length === at));
    const answers = await Promise.all(
      workers.map((worker, at) => {
        const mine = own[at] ?? [];
        return mine.length === 0 ? [] : worker.ask({ kind, shards: mine, state });
      }),
    );
    return shards.map((_, i) => answers[i % workers.length]?.[Math.floor(i / workers.length)] as R);
  };
  return {
    step: (shards, state) => compute<ShardGradients>('step', shards, state),
    evaluate: (shards, state) => compute<ShardMetrics>('evaluate', shards, state),
    close,
  };
}

type Question = WorkerRequest extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never;

interface Worker {
  ask(question: Question): Promise<readonly unknown[]>;
  /** Ends the process; whoever waits for it gets this error. */
  stop(error: Error): void;
}

function startWorker(path: string): Worker {
  const child: ChildProcess = fork(path, ['train-worker'], {
    serialization: 'advanced',
    // Nobody would read what native code prints, and a full pipe would block it.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  const waiting = new Map<number, { resolve: (results: readonly unknown[]) => void; reject: (error: Error) => void }>();
  let failure: Error | undefined;
  let next = 0;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  child.on('message', (message) => {
    const answer = message as WorkerAnswer; // of the worker of the same build
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('results' in answer) asked?.resolve(answer.results);
    else asked?.reject(new PressError(answer.error.code, answer.error.message, answer.error.details));
  });
  child.once('error', (error) => fail(stopped(error.message)));
  child.once('exit', (code, signal) => fail(stopped(signal ?? `exit code ${code ?? '?'}`)));
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        const id = next++;
        waiting.set(id, { resolve, reject });
        child.send({ id, ...question } as WorkerRequest, (error) => {
          if (error) fail(stopped(error.message));
        });
      }),
    stop(error) {
      fail(error);
      child.kill('SIGKILL');
    },
  };
}

function stopped(reason: string): PressError {
  return new PressError(
    'engine-stopped',
    `A process that trains ended by itself (${reason}), perhaps for lack of memory. Go on with --resume, with fewer --workers or a smaller --batch.`,
    { reason },
  );
}
