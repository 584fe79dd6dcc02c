import { createShardComputer, type ShardComputer } from '../../train/step/shardComputer';
import { errorMessage, PressError } from '../../util/pressError';
import type { WorkerAnswer, WorkerRequest } from './workerMessages';

/** The channel to the process that forked this one. */
export interface WorkerChannel {
  on(event: 'message', listener: (message: unknown) => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
  send?(message: unknown): unknown;
  exit(code: number): unknown;
}

/** Makes a process compute shards for the one that forked it, until that one is gone. */
export function serveTrainWorker(channel: WorkerChannel): void {
  let computer: ShardComputer | undefined;
  const answer = async (request: WorkerRequest): Promise<WorkerAnswer> => {
    const { id } = request;
    if (request.kind === 'load') {
      computer = await createShardComputer(request.plan);
      return { id, results: [] };
    }
    if (!computer) throw new Error('Asked before it was loaded.');
    const results = [];
    for (const shard of request.shards) results.push(await computer[request.kind](shard, request.state));
    return { id, results };
  };
  channel.on('message', (message) => {
    const request = message as WorkerRequest; // only the pool of the same build speaks to this process
    answer(request)
      .catch((error: unknown): WorkerAnswer => ({ id: request.id, error: describe(error) }))
      .then((result) => channel.send?.(result));
  });
  channel.once('disconnect', () => channel.exit(0));
}

function describe(error: unknown): Extract<WorkerAnswer, { error: unknown }>['error'] {
  if (error instanceof PressError) return { code: error.code, message: error.message, details: error.details };
  return { code: 'internal', message: errorMessage(error), details: {} };
}
