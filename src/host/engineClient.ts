import { dirname } from 'node:path';
import { CancellationTokenSource, ErrorCodes, ResponseError } from 'vscode-jsonrpc/node.js';
import type { EngineCall, EngineError, EngineRequests, QuantizeParams, TrainProgress } from '../protocol';
import { CancelledError, type ErrorDetails, errorMessage, PressError, type PressErrorCode } from '../util/pressError';
import type { ProgressCallback } from '../util/progress';
import { type EngineExit, type EngineProcess, type EngineProcessOptions, startEngineProcess } from './engineProcess';
import { removePartialFiles } from './partialFiles';

/** How long a killed process may take to disappear before its request is answered anyway. */
const KILL_WAIT_MS = 150;

/** Reads a duration when it is needed, so that a changed setting counts at once. */
type Milliseconds = () => number;

export interface EngineClientOptions {
  /** Tells this engine from others in the log and in the list of processes. */
  readonly name: string;
  readonly enginePath: string;
  /** How long a cancelled request may take before the engine is killed. */
  readonly cancelTimeoutMs: Milliseconds;
  /** How long an engine without work is kept; 0 keeps it until the end. */
  readonly idleTimeoutMs: Milliseconds;
  readonly onLog: EngineProcessOptions['onLog'];
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressCallback;
  /** The state of a training, after its steps. */
  readonly onTrain?: (progress: TrainProgress) => void;
}

type AnyMethod = keyof EngineRequests;

/** A request on its way: sent to at most one engine at a time, settled exactly once. */
interface Call {
  readonly id: number;
  readonly method: AnyMethod;
  readonly params: EngineRequests[AnyMethod]['params'];
  readonly onProgress: ProgressCallback | undefined;
  readonly onTrain: RequestOptions['onTrain'];
  readonly cancellation: CancellationTokenSource;
  readonly settle: (outcome: { result: unknown } | { error: Error }) => void;
}

/**
 * The host's side of an engine: one forked process, started on the first request and again after it ended.
 * It takes the requests of `Method` only. Free of VS Code, so that it is tested as plain Node.
 */
export class EngineClient<Method extends AnyMethod = AnyMethod> {
  readonly #options: EngineClientOptions;
  readonly #calls = new Map<number, Call>();
  #engine: EngineProcess | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #nextId = 1;
  #disposed = false;

  constructor(options: EngineClientOptions) {
    this.#options = options;
  }

  /** The running engine's process id; undefined while none runs. */
  get pid(): number | undefined {
    return this.#engine?.pid;
  }

  /** True while a request waits for its answer. */
  get isBusy(): boolean {
    return this.#calls.size > 0;
  }

  /** Starts the process ahead of the first request, which then needs not wait for it. */
  warmUp(): void {
    if (this.#disposed || this.#engine !== undefined) return;
    this.#engine = this.#start();
    this.#startIdleTimer();
  }

  /**
   * Sends one request, starting the engine if none runs.
   * Rejects with the engine's {@link PressError}, with `engine-stopped` when the process ends first, and with
   * {@link CancelledError} at most `cancelTimeoutMs` (and the time to end a process) after `signal` fired.
   */
  request<M extends Method>(
    method: M,
    params: EngineRequests[M]['params'],
    options: RequestOptions = {},
  ): Promise<EngineRequests[M]['result']> {
    const { signal, onProgress, onTrain } = options;
    if (signal?.aborted) return Promise.reject(new CancelledError());
    if (this.#disposed) return Promise.reject(engineStopped({ exitCode: null, signal: null, reason: 'disposed' }));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const onAbort = (): void => this.#cancel(id);
      const call: Call = {
        id,
        method,
        params,
        onProgress,
        onTrain,
        cancellation: new CancellationTokenSource(),
        settle: (outcome) => {
          if (!this.#calls.delete(id)) return;
          signal?.removeEventListener('abort', onAbort);
          this.#startIdleTimer();
          // Whatever goes wrong after the person cancelled is no news to them.
          if ('error' in outcome) reject(signal?.aborted ? new CancelledError() : outcome.error);
          // The engine answers what the protocol says for this method.
          else resolve(outcome.result as EngineRequests[M]['result']);
        },
      };
      this.#calls.set(id, call);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#send(call);
    });
  }

  /** Ends the running engine; its requests are cancelled. The next request starts a new one. */
  async stop(): Promise<void> {
    const calls = [...this.#calls.values()];
    await this.#kill(calls);
    for (const call of calls) call.settle({ error: new CancelledError() });
  }

  /** Ends the engine for good. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.stop();
    clearTimeout(this.#idleTimer);
  }

  #send(call: Call): void {
    clearTimeout(this.#idleTimer);
    const engine = (this.#engine ??= this.#start());
    const message: EngineCall<unknown> = { id: call.id, params: call.params };
    engine.connection.sendRequest(call.method, message, call.cancellation.token).then(
      (result) => call.settle({ result }),
      (error: unknown) => {
        if (error instanceof ResponseError && error.code !== ErrorCodes.PendingResponseRejected) {
          call.settle({ error: isEngineError(error.data) ? fromWire(error.data) : internalError(error) });
        }
        // It is the channel that failed: the process is ending, and its exit settles the call.
        else if (this.#engine === engine) this.#options.onLog('debug', `${call.method}: ${errorMessage(error)}`);
      },
    );
  }

  #start(): EngineProcess {
    const { name, enginePath } = this.#options;
    const engine = startEngineProcess({
      name,
      enginePath,
      onLog: this.#options.onLog,
      onProgress: ({ id, ...progress }) => this.#calls.get(id)?.onProgress?.(progress),
      onTrain: ({ id, progress }) => this.#calls.get(id)?.onTrain?.(progress),
    });
    this.#options.onLog('info', `Engine ${name} started (pid ${engine.pid ?? 'none'}).`);
    void engine.exited.then(async (exit) => {
      engine.connection.dispose();
      if (this.#engine !== engine) return;
      this.#engine = undefined;
      this.#options.onLog('error', `Engine ${name} ended by itself: ${describeExit(exit)}.`);
      const calls = [...this.#calls.values()];
      await this.#removeLeftovers(engine, calls);
      for (const call of calls) call.settle({ error: engineStopped(exit) });
    });
    return engine;
  }

  #cancel(id: number): void {
    this.#calls.get(id)?.cancellation.cancel();
    setTimeout(() => {
      const call = this.#calls.get(id);
      if (call === undefined) return;
      this.#options.onLog('info', `Engine ${this.#options.name} did not answer the cancellation in time and is ended.`);
      const others = [...this.#calls.values()].filter((other) => other !== call);
      const killed = this.#kill([call, ...others]);
      // The others did nothing wrong: a new engine starts them again.
      void killed.then(() => {
        call.settle({ error: new CancelledError() });
        for (const other of others) if (this.#calls.has(other.id)) this.#send(other);
      });
    }, this.#options.cancelTimeoutMs());
  }

  async #kill(calls: readonly Call[]): Promise<void> {
    const engine = this.#engine;
    if (engine === undefined) return;
    this.#engine = undefined;
    engine.child.kill('SIGKILL');
    await Promise.race([engine.exited, delay(KILL_WAIT_MS)]);
    await this.#removeLeftovers(engine, calls);
  }

  async #removeLeftovers(engine: EngineProcess, calls: readonly Call[]): Promise<void> {
    if (engine.pid === undefined) return;
    for (const folder of new Set(calls.flatMap(foldersWritten))) {
      for (const path of await removePartialFiles(folder, engine.pid)) this.#options.onLog('info', `Removed ${path}.`);
    }
  }

  #startIdleTimer(): void {
    clearTimeout(this.#idleTimer);
    const idleMs = this.#options.idleTimeoutMs();
    if (this.#calls.size > 0 || idleMs === 0 || this.#disposed) return;
    this.#idleTimer = setTimeout(() => {
      this.#options.onLog('info', `Engine ${this.#options.name} is without work and is ended.`);
      void this.#kill([]);
    }, idleMs);
    this.#idleTimer.unref();
  }
}

function foldersWritten(call: Call): string[] {
  // The method says which params these are.
  switch (call.method) {
    case 'model/quantize':
    case 'model/mixed':
    case 'model/prune':
    case 'model/train': {
      const { model, output } = call.params as Pick<QuantizeParams, 'model' | 'output'>;
      return [dirname(output ?? model)];
    }
    case 'recipe/run':
      return [dirname((call.params as EngineRequests['recipe/run']['params']).path)];
    case 'graph/exportWeight':
      return [dirname((call.params as EngineRequests['graph/exportWeight']['params']).output)];
    default:
      return [];
  }
}

function isEngineError(data: unknown): data is EngineError {
  return typeof data === 'object' && data !== null && 'code' in data && 'message' in data && 'details' in data;
}

function fromWire(error: EngineError): Error {
  if (error.code === 'cancelled') return new CancelledError();
  // Host and engine are built from the same source, so the code is one of the union and the details are plain.
  return new PressError(error.code as PressErrorCode, error.message, error.details as ErrorDetails);
}

/** An answer that no handler of the engine gave: a request that it does not know, or an answer that cannot be written. */
function internalError(error: Error): PressError {
  return new PressError('internal', error.message, {}, { cause: error });
}

function engineStopped(exit: EngineExit): PressError {
  return new PressError(
    'engine-stopped',
    `The engine process stopped (${describeExit(exit)}); try again, and see the log if it stops again.`,
    {
      ...(exit.exitCode === null ? {} : { exitCode: exit.exitCode }),
      ...(exit.signal === null ? {} : { signal: exit.signal }),
      ...(exit.reason === undefined ? {} : { reason: exit.reason }),
    },
  );
}

function describeExit(exit: EngineExit): string {
  return exit.reason ?? (exit.signal === null ? `exit code ${exit.exitCode ?? 'unknown'}` : `signal ${exit.signal}`);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
