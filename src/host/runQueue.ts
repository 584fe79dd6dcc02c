import { CancelledError, throwIfCancelled } from '../util/pressError';

/** Runs jobs one after the other: two at once would take each other's threads and spoil the latency figures. */
export class RunQueue {
  #last: Promise<unknown> = Promise.resolve();
  #unfinished = 0;

  /** True while a job runs or waits. */
  get isBusy(): boolean {
    return this.#unfinished > 0;
  }

  /**
   * Runs `job` when every earlier one has ended, however it ended.
   * A job that is cancelled while it waits never begins and rejects at once; a job that runs answers for itself.
   */
  add<T>(job: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#unfinished++;
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => reject(new CancelledError());
      signal.addEventListener('abort', leave, { once: true });
      const run = this.#last.then(() => {
        signal.removeEventListener('abort', leave);
        throwIfCancelled(signal);
        return job();
      });
      run.then(resolve, reject);
      this.#last = run.then(
        () => this.#unfinished--,
        () => this.#unfinished--,
      );
    });
  }
}
