import type { Node } from 'web-tree-sitter';
import type { Script } from './script';
import { lineIndent } from './script';
import { type Position, pointAt, type Span, spanOf } from './span';

/** A replacement in a script; an empty range inserts. */
export interface ScriptEdit {
  readonly span: Span;
  readonly text: string;
}

/** Replaces a node. */
export function replace(node: Node, text: string): ScriptEdit {
  return { span: spanOf(node), text };
}

/** Inserts at a place. */
export function insertAt(position: Position, text: string): ScriptEdit {
  return { span: pointAt(position), text };
}

/** Inserts lines before a statement, indented as it is; undefined where it does not begin its line. */
export function insertBefore(statement: Node, lines: readonly string[], { source }: Script): ScriptEdit | undefined {
  const indent = lineIndent(statement, source);
  if (indent.length !== statement.startPosition.column) return undefined;
  return insertAt(spanOf(statement).start, lines.map((line) => (line === '' ? '\n' : `${line}\n${indent}`)).join(''));
}

/** Inserts lines after the last line of a statement; undefined where another statement follows on that line. */
export function insertAfter(
  statement: Node,
  lines: readonly string[],
  { source }: Script,
  indent = lineIndent(statement, source),
): ScriptEdit | undefined {
  const { row, column } = statement.endPosition;
  const rest = /^[^\r\n]*/.exec(source.slice(statement.endIndex))?.[0] ?? '';
  if (/^\s*;\s*[^\s#]/.test(rest)) return undefined;
  const text = lines.map((line) => (line === '' ? '\n' : `\n${indent}${line}`)).join('');
  return insertAt({ line: row, column: column + rest.length }, text);
}

/** Adds an argument at the end of a call. */
export function appendArgument(call: Node, text: string): ScriptEdit | undefined {
  const list = call.childForFieldName('arguments');
  return list?.type === 'argument_list' ? appendElement(list, text) : undefined;
}

/** Adds an element at the end of a list or of the arguments of a call, before a comment that follows the last one. */
export function appendElement(list: Node, text: string): ScriptEdit {
  const last = list.namedChildren.filter((child) => child !== null && child.type !== 'comment').at(-1);
  const closing = spanOf(list).end;
  if (!last) return insertAt({ line: closing.line, column: closing.column - 1 }, text);
  return insertAt(spanOf(last).end, `, ${text}`);
}

/** Adds a line of import at the end of the imports that the script begins with, unless its top level has that line. */
export function addImport(script: Script, line: string): ScriptEdit[] {
  if (isImported(script, line)) return [];
  const statements = script.root.namedChildren.filter((node) => node !== null && node.type !== 'comment');
  const code = statements.findIndex((node) => node !== null && !isDocstring(node) && !isImport(node));
  const last = statements.slice(0, code < 0 ? undefined : code).findLast((node) => node !== null && isImport(node));
  const after = last && insertAfter(last, [line], script, '');
  if (after !== undefined) return [after];
  const first = last ?? statements[code];
  return first ? [insertAt({ line: first.startPosition.row, column: 0 }, `${line}\n`)] : [];
}

function isDocstring(statement: Node): boolean {
  return statement.type === 'expression_statement' && statement.firstNamedChild?.type === 'string';
}

const IMPORTS = ['import_statement', 'import_from_statement', 'future_import_statement'];

/** True for an import, and for a `try` or `if` that does no more than import. */
function isImport(statement: Node): boolean {
  if (IMPORTS.includes(statement.type)) return true;
  if (statement.type !== 'try_statement' && statement.type !== 'if_statement') return false;
  if (statement.descendantsOfType(IMPORTS).length === 0) return false;
  return statement
    .descendantsOfType('block')
    .filter((block) => block?.parent?.type !== 'except_clause')
    .every((block) => block?.namedChildren.every((node) => node !== null && isPartOfImport(node)));
}

/** `HAS_AMP = True`, `pass` and `raise` go with an import. */
function isPartOfImport(statement: Node): boolean {
  const { type } = statement;
  if (type === 'expression_statement') return statement.descendantsOfType('call').length === 0;
  return type === 'comment' || type === 'pass_statement' || type === 'raise_statement' || isImport(statement);
}

/** True where the top level imports with just this line, or tries to; an import of one function is not there for others. */
function isImported({ root }: Script, line: string): boolean {
  return root.namedChildren.some((statement) => {
    if (statement === null) return false;
    if (IMPORTS.includes(statement.type)) return statement.text === line;
    if (statement.type !== 'try_statement') return false;
    const body = statement.childForFieldName('body')?.namedChildren ?? [];
    return body.some((inner) => inner !== null && IMPORTS.includes(inner.type) && inner.text === line);
  });
}
