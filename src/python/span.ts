import type { Node } from 'web-tree-sitter';

/** A place in a script. Lines and columns count from 0, columns in UTF-16 units as VS Code counts. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A range of a script; `end` is exclusive. */
export interface Span {
  readonly start: Position;
  readonly end: Position;
}

/** Where a node of the tree is. */
export function spanOf(node: Node): Span {
  const { startPosition, endPosition } = node;
  return {
    start: { line: startPosition.row, column: startPosition.column },
    end: { line: endPosition.row, column: endPosition.column },
  };
}

/** The empty range at the start of a line's text. */
export function pointAt(position: Position): Span {
  return { start: position, end: position };
}
