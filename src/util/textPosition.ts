/** A place in a text as editors count it: from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Line and column of a character of a text. */
export function textPosition(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
