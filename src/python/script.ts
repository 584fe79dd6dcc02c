import type { Node, Tree } from 'web-tree-sitter';
import { type ImportedNames, readImports, resolveName } from './names';

/** A call, `torch.save(model.state_dict(), path)`. */
export interface Call {
  readonly node: Node;
  /** The called expression as written; empty where it is more than dotted names. */
  readonly written: string;
  /** Its full dotted name, `torch.save`. */
  readonly name: string;
  /** The last part of the name. */
  readonly method: string;
  /** What stands before the last dot, as written: `model` of `model.eval`. */
  readonly receiver: string;
  readonly start: number;
  /** Where the function starts that it is in; -1 at the top level. */
  readonly scope: number;
  /** The innermost block around it; undefined at the top level. */
  readonly around: Block | undefined;
}

/** `model = Net()`: an assignment to one name. */
export interface Assignment {
  readonly node: Node;
  readonly target: string;
  readonly value: Node;
  readonly start: number;
  /** Where the value ends. */
  readonly end: number;
  /** Where the function starts that it is in; -1 at the top level. */
  readonly scope: number;
}

/** A `class`, `def`, `for` or `while`. */
export interface Block {
  readonly node: Node;
  readonly kind: BlockKind;
  /** Of a class or function; empty for a loop. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Where the function starts that it is in; -1 at the top level. */
  readonly scope: number;
  /** The innermost block around it; undefined at the top level. */
  readonly around: Block | undefined;
}

type BlockKind = 'class' | 'function' | 'loop';

/** A `return`. */
export interface Return {
  readonly node: Node;
  readonly start: number;
}

/**
 * What a script is made of; every list is in the order of the text. Nodes live as long as the tree they come from.
 * Most questions about a node cross into WebAssembly, so what is asked of every one is read from the source instead.
 */
export interface Script {
  readonly source: string;
  readonly root: Node;
  readonly imports: ImportedNames;
  /** The statements that import, wherever they stand. */
  readonly importStatements: readonly Node[];
  readonly classes: readonly Block[];
  readonly functions: readonly Block[];
  /** Of functions with one name, the first. */
  readonly functionsByName: ReadonlyMap<string, Block>;
  readonly assignments: readonly Assignment[];
  readonly assignmentsByTarget: ReadonlyMap<string, readonly Assignment[]>;
  readonly returns: readonly Return[];
  readonly calls: readonly Call[];
  /** The calls by the ids of their nodes. */
  readonly callsById: ReadonlyMap<number, Call>;
  /** The calls by their full dotted names, see {@link callsNamed}. */
  readonly callsByName: ReadonlyMap<string, readonly Call[]>;
  /** The calls by the last parts of their names, see {@link callsOfMethods}. */
  readonly callsByMethod: ReadonlyMap<string, readonly Call[]>;
  /** The calls by where the function starts that they are in; -1 at the top level. */
  readonly callsByScope: ReadonlyMap<number, readonly Call[]>;
  /** One level of indentation as the script writes it. */
  readonly indent: string;
}

const BLOCK_KINDS: ReadonlyMap<string, BlockKind> = new Map([
  ['class_definition', 'class'],
  ['function_definition', 'function'],
  ['for_statement', 'loop'],
  ['while_statement', 'loop'],
]);
/** The nodes that say something about models and training. */
const NODE_TYPES = [
  'import_statement',
  'import_from_statement',
  ...BLOCK_KINDS.keys(),
  'assignment',
  'return_statement',
  'call',
];

/** Called expressions longer than this are chains, not names. */
const MAX_NAME = 120;
const DOTTED_NAME = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u;
/** The last name of a call on something that is more than names: `build_model().eval`. */
const METHOD = /\.\s*([\p{L}_][\p{L}\p{N}_]*)$/u;
/** How calls, assignments and definitions nearly always begin; where they begin otherwise, the tree is asked. */
const CALL_START = /([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\(/y;
const ASSIGNMENT_START = /([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*) *=(?!=)/y;
const DEFINITION_START = /(?:class|def) +([A-Za-z_]\w*)[(:]/y;

/** Reads what the rest of this layer works with from a tree, in one walk. */
export function readScript(tree: Tree, source: string): Script {
  const root = tree.rootNode;
  const nodes = root.descendantsOfType(NODE_TYPES);
  const types = nodes.map(({ type }) => type);
  // An import counts for the whole script, wherever it stands.
  const importStatements = nodes.filter((_, index) => types[index]?.startsWith('import') === true);
  const imports = readImports(importStatements);
  const calledNames = new Map<string, CalledName>();
  const blocks: Block[] = [];
  const assignments: Assignment[] = [];
  const returns: Return[] = [];
  const calls: Call[] = [];
  let around: Block | undefined;
  for (const [index, node] of nodes.entries()) {
    const start = node.startIndex;
    while (around !== undefined && around.end <= start) around = around.around;
    const scope = around === undefined ? -1 : around.kind === 'function' ? around.start : around.scope;
    const type = types[index] ?? '';
    const kind = BLOCK_KINDS.get(type);
    if (kind !== undefined) {
      const name = kind === 'loop' ? '' : definedName(node, source);
      around = { node, kind, name, start, end: node.endIndex, scope, around };
      blocks.push(around);
    } else if (type === 'call') {
      // Of calls that start at one place, `a.b().c()`, the last one is what begins with the name.
      const beginsWithName = nodes[index + 1]?.startIndex !== start;
      const text = (beginsWithName ? wordAt(CALL_START, source, start) : undefined) ?? calledText(node, source);
      let called = calledNames.get(text);
      if (called === undefined) calledNames.set(text, (called = calledName(text, imports)));
      const { written, name, method, receiver } = called;
      calls.push({ node, written, name, method, receiver, start, scope, around });
    } else if (type === 'assignment') {
      const target = wordAt(ASSIGNMENT_START, source, start) ?? targetText(node, source);
      if (target !== undefined) assignments.push(assignment(node, target, scope));
    } else if (type === 'return_statement') {
      returns.push({ node, start });
    }
  }
  const functions = blocks.filter(({ kind }) => kind === 'function');
  const classes = blocks.filter(({ kind }) => kind === 'class');
  return {
    source,
    root,
    imports,
    importStatements,
    classes,
    functions,
    functionsByName: new Map(functions.map((block) => [block.name, block] as const).reverse()),
    assignments,
    assignmentsByTarget: groupBy(assignments, ({ target }) => target),
    returns,
    calls,
    callsById: new Map(calls.map((call) => [call.node.id, call] as const)),
    callsByName: groupBy(calls, ({ name }) => name),
    callsByMethod: groupBy(calls, ({ method }) => method),
    callsByScope: groupBy(calls, ({ scope }) => scope),
    indent: indentOf([...functions, ...classes], source),
  };
}

function groupBy<K, T>(list: readonly T[], keyOf: (entry: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const entry of list) {
    const key = keyOf(entry);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return groups;
}

/** What a sticky pattern captures at a place of the source. */
function wordAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[1];
}

function definedName(node: Node, source: string): string {
  return wordAt(DEFINITION_START, source, node.startIndex) ?? node.childForFieldName('name')?.text ?? '';
}

/** The one name that an assignment sets; undefined where it sets several, or only says what type a name has. */
function targetText(node: Node, source: string): string | undefined {
  const left = node.childForFieldName('left');
  if (left === null || node.childForFieldName('right') === null) return undefined;
  if (left.type !== 'identifier' && left.type !== 'attribute') return undefined;
  return source.slice(left.startIndex, left.endIndex);
}

function assignment(node: Node, target: string, scope: number): Assignment {
  let value: Node | undefined;
  return {
    node,
    target,
    // Few are asked for; where a syntax error has taken the value away, what is left stands for it.
    get value() {
      return (value ??= node.childForFieldName('right') ?? node);
    },
    get end() {
      return this.value.endIndex;
    },
    start: node.startIndex,
    scope,
  };
}

function calledText(node: Node, source: string): string {
  const callee = node.childForFieldName('function');
  return callee === null ? '' : source.slice(callee.startIndex, callee.endIndex);
}

type CalledName = Pick<Call, 'written' | 'name' | 'method' | 'receiver'>;

function calledName(text: string, imports: ImportedNames): CalledName {
  if (text.length > MAX_NAME || !DOTTED_NAME.test(text)) {
    return { written: '', name: '', method: METHOD.exec(text.slice(-MAX_NAME))?.[1] ?? '', receiver: '' };
  }
  const dot = text.lastIndexOf('.');
  return {
    written: text,
    name: resolveName(text, imports),
    method: text.slice(dot + 1),
    receiver: dot < 0 ? '' : text.slice(0, dot),
  };
}

/** The indentation of the first body against its header; four spaces where there is none. */
function indentOf(blocks: readonly Block[], source: string): string {
  for (const { node } of blocks) {
    const first = node.childForFieldName('body')?.firstNamedChild;
    if (!first || first.startPosition.row === node.startPosition.row) continue;
    const inner = lineIndent(first, source);
    const outer = lineIndent(node, source);
    if (inner.startsWith(outer) && inner.length > outer.length) return inner.slice(outer.length);
  }
  return '    ';
}

/** The white space before the first character of the line that a node starts on. */
export function lineIndent(node: Node, source: string): string {
  const from = source.lastIndexOf('\n', node.startIndex - 1) + 1;
  return /^[ \t]*/.exec(source.slice(from, node.startIndex))?.[0] ?? '';
}
