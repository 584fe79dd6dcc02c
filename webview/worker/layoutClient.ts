import type { LayoutGraph, LayoutResult } from '../graph/layout/types';
import type { LayoutAnswer, LayoutRequest } from './messages';
import { startWorker, takeEarly } from './startWorker';

/** What the client needs of a worker; tests give another one. */
export interface LayoutWorker {
  postMessage(message: LayoutRequest): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<LayoutAnswer>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

interface Job {
  readonly request: LayoutRequest;
  readonly resolve: (result: LayoutResult) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

/**
 * Lays out graphs in a worker. Requests run one after another; aborting the running one ends the worker and starts
 * another, which goes on with those that wait.
 */
export class LayoutClient {
  private worker: Promise<LayoutWorker>;
  /** The worker once it is there: it gets its request at once, not after what the caller has still to do. */
  private started: LayoutWorker | undefined;
  private readonly jobs: Job[] = [];
  private running: Job | undefined;
  private nextId = 1;

  /** `start` makes a worker; it is called at once, so that the worker is there when the first graph comes. */
  constructor(private readonly start: () => Promise<LayoutWorker>) {
    this.worker = this.open();
  }

  /** Lays out a graph. Rejects with the signal's reason when aborted, with an Error when the layout fails. */
  layout(graph: LayoutGraph, signal?: AbortSignal): Promise<LayoutResult> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return void reject(signal.reason);
      const job: Job = {
        request: { id: this.nextId++, graph },
        resolve,
        reject,
        signal,
        onAbort: () => this.abort(job),
      };
      signal?.addEventListener('abort', job.onAbort);
      this.jobs.push(job);
      this.runNext();
    });
  }

  /** Ends the worker; what waits is rejected. */
  dispose(): void {
    void this.worker.then(
      (worker) => worker.terminate(),
      () => undefined,
    );
    const waiting = [...(this.running ? [this.running] : []), ...this.jobs.splice(0)];
    this.running = undefined;
    for (const job of waiting) this.settle(job, () => job.reject(new Error('The layout was closed.')));
  }

  private open(): Promise<LayoutWorker> {
    this.started = undefined;
    const opening = this.start().then((worker) => {
      // Another may have taken its place while it started.
      if (opening === this.worker) this.started = worker;
      worker.onmessage = ({ data }) => this.answer(data);
      worker.onerror = ({ message }) => this.fail(new Error(`The layout stopped: ${message}`));
      return worker;
    });
    // Whoever asks for a layout gets the reason; until then nobody listens.
    opening.catch(() => undefined);
    return opening;
  }

  private runNext(): void {
    if (this.running) return;
    const job = this.jobs.shift();
    if (!job) return;
    this.running = job;
    if (this.started) return this.started.postMessage(job.request);
    this.worker.then(
      (worker) => this.running === job && worker.postMessage(job.request),
      (error: unknown) => {
        if (this.running !== job) return;
        this.running = undefined;
        this.settle(job, () => job.reject(error));
        this.worker = this.open();
        this.runNext();
      },
    );
  }

  private answer(answer: LayoutAnswer): void {
    const job = this.running;
    if (job?.request.id !== answer.id) return;
    this.running = undefined;
    this.settle(job, () => {
      if ('result' in answer) job.resolve(answer.result);
      else job.reject(new Error(answer.problem));
    });
    this.runNext();
  }

  private fail(error: Error): void {
    const job = this.running;
    this.running = undefined;
    this.restart();
    if (job) this.settle(job, () => job.reject(error));
    this.runNext();
  }

  private abort(job: Job): void {
    if (this.running === job) {
      this.running = undefined;
      this.restart();
    } else {
      this.jobs.splice(this.jobs.indexOf(job), 1);
    }
    this.settle(job, () => job.reject(job.signal?.reason));
    this.runNext();
  }

  private restart(): void {
    void this.worker.then(
      (worker) => worker.terminate(),
      () => undefined,
    );
    this.worker = this.open();
  }

  private settle(job: Job, finish: () => void): void {
    job.signal?.removeEventListener('abort', job.onAbort);
    finish();
  }
}

/** A client whose worker runs the script at `scriptUrl`: the one that was started with the page, and others after it. */
export function createLayoutClient(scriptUrl: string): LayoutClient {
  let early = takeEarly();
  return new LayoutClient(() => {
    const worker = early ?? startWorker(scriptUrl);
    early = undefined;
    return worker;
  });
}
