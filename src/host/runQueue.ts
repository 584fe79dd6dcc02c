/** Runs jobs one after the other: two at once would take each other's threads and spoil the latency figures. */
export class RunQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** True while a job runs or waits. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Runs `job` when every earlier one has ended, however it ended. */
  add<T>(job: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#last.then(job);
    this.#last = result.then(
      () => this.#waiting--,
      () => this.#waiting--,
    );
    return result;
  }
}
