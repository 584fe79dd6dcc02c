import { parseInputOptions as parse } from '../data/inputOptions';

/** What a person says about a model's dynamic inputs, in the words of a request. */
export interface ParsedInputOptions {
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly fills?: Readonly<Record<string, number>>;
}

/** Parses repeated `NAME=1x576` and `NAME=16000`; what was not given is absent. Throws `bad-option`. */
export function parseInputOptions(shapes: readonly string[], fills: readonly string[]): ParsedInputOptions {
  const parsed = parse(shapes, fills);
  return {
    ...(shapes.length > 0 ? { shapes: parsed.shapes } : {}),
    ...(fills.length > 0 ? { fills: parsed.fills } : {}),
  };
}
