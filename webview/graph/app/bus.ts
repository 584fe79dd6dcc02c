import type { GraphPanelMethod, GraphPanelMethods, GraphPanelRequest, Side } from '../../../src/protocol';
import { isBoolean, isObject, isString } from './guards';
import { isAnswer } from './replies';

/** A request that the host refused or answered with something unreadable; `message` is for the person. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

interface Waiting {
  readonly method: GraphPanelMethod;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: RequestError) => void;
}

/** Asks the host by numbered requests. There is no time limit: a measurement may wait for a person's choice of data. */
export class RequestBus {
  readonly #post: (request: GraphPanelRequest) => void;
  readonly #unreadable: () => string;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** `unreadable` gives the translated text for answers that are not understood. */
  constructor(post: (request: GraphPanelRequest) => void, unreadable: () => string) {
    this.#post = post;
    this.#unreadable = unreadable;
  }

  /** Sends a request; the promise rejects with a `RequestError` alone. */
  request<M extends GraphPanelMethod>(
    side: Side,
    method: M,
    params: GraphPanelMethods[M]['params'],
  ): Promise<GraphPanelMethods[M]['result']> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      // `receive` checks the value against the method before it resolves.
      this.#waiting.set(id, { method, resolve: resolve as (value: unknown) => void, reject });
      this.#post({ type: 'request', id, side, method, params });
    });
  }

  /** Settles the request of this id; an answer to none, or a second one, changes nothing. */
  receive(id: unknown, result: unknown): void {
    if (typeof id !== 'number') return;
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    if (!isObject(result) || !isBoolean(result['ok'])) waiting.reject(new RequestError(this.#unreadable()));
    else if (!result['ok']) {
      const message = result['message'];
      waiting.reject(new RequestError(isString(message) && message !== '' ? message : this.#unreadable()));
    } else if (isAnswer(waiting.method, result['value'])) waiting.resolve(result['value']);
    else waiting.reject(new RequestError(this.#unreadable()));
  }

  /** How many requests wait for their answer. */
  get pending(): number {
    return this.#waiting.size;
  }
}
