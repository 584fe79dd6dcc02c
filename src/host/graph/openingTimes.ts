/** Steps from asking for a graph to seeing it, in their usual order. */
export type OpeningStep = 'document' | 'webview' | 'sent' | 'shown';

/** When the steps of an opening were reached, in milliseconds since the graph was asked for. */
export type OpeningTimes = Readonly<Partial<Record<OpeningStep, number>>>;

/** Takes the time of each step of one opening; a step that is reached again counts from the new beginning. */
export class OpeningClock {
  #start: number;
  readonly #now: () => number;
  readonly #times = new Map<OpeningStep, number>();

  /** `now` is the clock in milliseconds; `start` is when the graph was asked for. */
  constructor(start: number, now: () => number = () => performance.now()) {
    this.#start = start;
    this.#now = now;
  }

  get times(): OpeningTimes {
    return Object.fromEntries(this.#times);
  }

  /** A step is there; the first time counts. */
  reach(step: OpeningStep): void {
    if (!this.#times.has(step)) this.#times.set(step, this.#now() - this.#start);
  }

  /** The webview is loaded anew: what comes now is another opening. */
  restart(): void {
    this.#start = this.#now();
    this.#times.clear();
  }

  /** `shown after 812 ms (document 120, webview 540, sent 545)`. */
  summary(): string {
    const { shown, ...steps } = this.times;
    const list = Object.entries(steps).map(([step, milliseconds]) => `${step} ${milliseconds.toFixed(0)}`);
    return `shown after ${(shown ?? NaN).toFixed(0)} ms (${list.join(', ')})`;
  }
}
