import type * as vscode from 'vscode';
import * as z from 'zod';

/** Tokens of panels closed long ago are forgotten beyond this many. */
const MAX_TOKENS = 50;

/**
 * What panels show, by the token that their webviews keep across reloads: a webview knows no path, so this side
 * remembers for it. `key` is where the workspace keeps them; values that do not fit `schema` are forgotten.
 */
export class PanelTokens<T> {
  readonly #state: vscode.Memento;
  readonly #key: string;
  readonly #schema: z.ZodType<Record<string, T>>;

  constructor(state: vscode.Memento, key: string, schema: z.ZodType<T>) {
    this.#state = state;
    this.#key = key;
    this.#schema = z.record(z.string(), schema).catch({});
  }

  /** What the panel of this token shows; undefined when it is not known any more. */
  recall(token: string): T | undefined {
    return this.#all()[token];
  }

  async remember(token: string, value: T): Promise<void> {
    const kept = Object.entries(this.#all()).slice(1 - MAX_TOKENS);
    await this.#state.update(this.#key, Object.fromEntries([...kept, [token, value]]));
  }

  #all(): Record<string, T> {
    return this.#schema.parse(this.#state.get(this.#key) ?? {});
  }
}

/** What the webview keeps across reloads; only the token matters to the host. */
const SAVED = z.object({ token: z.string().max(64) });

/** The token in the state of a webview that VS Code restores. */
export function savedToken(state: unknown): string | undefined {
  const saved = SAVED.safeParse(state);
  return saved.success ? saved.data.token : undefined;
}
