/**
 * A sentence that the engine says and the host translates: the code and the values say what the English message says.
 * A code that a reader does not know, as of a later version, leaves it the message.
 */
export interface Sentence<Code extends string> {
  readonly code: Code;
  /** One or two English sentences. */
  readonly message: string;
  /** What the message names, by what it is. */
  readonly values: Readonly<Record<string, string | number>>;
}
