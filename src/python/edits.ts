import type { Node } from 'web-tree-sitter';
import { oncePer } from '../util/oncePer';
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
  const { lines, last, first } = headOf(script);
  if (lines.has(line)) return [];
  const after = last && insertAfter(last, [line], script, '');
  if (after !== undefined) return [after];
  const before = last ?? first;
  return before ? [insertAt({ line: before.startPosition.row, column: 0 }, `${line}\n`)] : [];
}

/** What is imported at the top level of a script, and where imports go. */
interface Head {
  /** The imports as they are written, those that are tried included; one in a function is not there for others. */
  readonly lines: ReadonlySet<string>;
  /** The last of those that the script begins with. */
  readonly last?: Node | undefined;
  /** The first statement of another kind, without a docstring. */
  readonly first?: Node | undefined;
}

/** Lenses ask several times for each loop. */
const headOf = oncePer((script: Script): Head => {
  let last: Node | undefined;
  let first: Node | undefined;
  for (let node = script.root.firstNamedChild; node !== null && !first; node = node.nextNamedSibling) {
    if (isImport(node)) last = node;
    else if (node.type !== 'comment' && !isDocstring(node)) first = node;
  }
  return { lines: importLines(script), last, first };
});

function importLines({ importStatements, source }: Script): Set<string> {
  const top = importStatements.filter(
    ({ parent }) =>
      parent?.type === 'module' || (parent?.parent?.type === 'try_statement' && isTopLevel(parent.parent)),
  );
  return new Set(top.map(({ startIndex, endIndex }) => source.slice(startIndex, endIndex)));
}

function isTopLevel({ parent }: Node): boolean {
  return parent?.type === 'module';
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
