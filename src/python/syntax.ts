import type { Node } from 'web-tree-sitter';
import type { Assignment, Block, Call, Script } from './script';

/** An argument of a call. */
export interface Argument {
  /** Undefined for a positional one. */
  readonly keyword: string | undefined;
  readonly value: Node;
  /** The whole argument, `reduction="mean"`. */
  readonly node: Node;
}

/** The arguments of a call in their order; `*args` and `**kwargs` are left out, see {@link hasUnpacking}. */
export function argumentsOf(call: Node): Argument[] {
  const list = call.childForFieldName('arguments');
  // `f(x for x in y)` has a generator in place of a list.
  if (list?.type !== 'argument_list') return [];
  return list.namedChildren.flatMap((node): Argument[] => {
    const type = node?.type;
    if (node === null || type === undefined || UNPACKING.has(type) || type === 'comment') return [];
    if (type !== 'keyword_argument') return [{ keyword: undefined, value: node, node }];
    const value = node.childForFieldName('value');
    return value === null ? [] : [{ keyword: node.childForFieldName('name')?.text, value, node }];
  });
}

const UNPACKING = new Set(['list_splat', 'dictionary_splat']);

/** True when the call takes arguments that the script does not spell out. */
export function hasUnpacking(call: Node): boolean {
  const list = call.childForFieldName('arguments');
  return list?.namedChildren.some((node) => node !== null && UNPACKING.has(node.type)) ?? false;
}

/** The value of an argument that is given by keyword or at a place (from 0). */
export function argument(call: Node, keyword: string, place?: number): Node | undefined {
  const all = argumentsOf(call);
  const named = all.find((entry) => entry.keyword === keyword);
  if (named !== undefined || place === undefined) return named?.value;
  return all.filter((entry) => entry.keyword === undefined)[place]?.value;
}

/** The text of a plain string without interpolation; undefined for any other expression. */
export function stringValue(node: Node | undefined): string | undefined {
  if (node?.type !== 'string') return undefined;
  const parts = node.namedChildren.filter((child) => child !== null);
  if (parts.some(({ type }) => type === 'interpolation')) return undefined;
  return parts
    .filter(({ type }) => type === 'string_content')
    .map(({ text }) => text)
    .join('');
}

/** The value of a whole number in decimal digits; undefined for any other expression. */
export function integerValue(node: Node | undefined): number | undefined {
  return node?.type === 'integer' && /^\d+$/.test(node.text) ? Number(node.text) : undefined;
}

/** What of a list in the order of the text starts inside of `range` (all of it where undefined). */
export function within<T extends { readonly start: number }>(
  list: readonly T[],
  range: Pick<Block, 'start' | 'end'> | undefined,
): readonly T[] {
  return range === undefined ? list : list.slice(firstFrom(list, range.start), firstFrom(list, range.end));
}

/** How many entries of a list in the order of the text start before `at`; by bisection. */
function firstFrom(list: readonly { readonly start: number }[], at: number): number {
  let low = 0;
  for (let high = list.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.start ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The function that a call or block is in; undefined at the top level. */
export function functionAround({ around }: Pick<Call, 'around'>): Block | undefined {
  let block = around;
  while (block !== undefined && block.kind !== 'function') block = block.around;
  return block;
}

/** The loops around a call or block within its function, the innermost first. */
export function loopsAround({ around }: Pick<Call, 'around'>): Block[] {
  const loops: Block[] = [];
  for (let block = around; block !== undefined && block.kind !== 'function'; block = block.around) {
    if (block.kind === 'loop') loops.push(block);
  }
  return loops;
}

/** The calls whose full name `matches`, in the order of the text; asks once for each name, not for each call. */
export function callsNamed({ callsByName }: Script, matches: (name: string) => boolean): Call[] {
  return inOrder([...callsByName].flatMap(([name, calls]) => (matches(name) ? [calls] : [])));
}

/** The calls whose last name is one of `methods`, in the order of the text. */
export function callsOfMethods({ callsByMethod }: Script, methods: readonly string[]): Call[] {
  return inOrder(methods.map((method) => callsByMethod.get(method) ?? []));
}

function inOrder(groups: readonly (readonly Call[])[]): Call[] {
  // Of `a().b()` and the `a()` in it, which start together, the outer one comes first.
  return groups.flat().sort((a, b) => a.start - b.start || b.node.endIndex - a.node.endIndex);
}

/** The statement that a node is in: the ancestor (or itself) that stands directly in a block or at the top level. */
export function statementOf(node: Node): Node {
  let current = node;
  for (let parent = current.parent; parent !== null; parent = current.parent) {
    if (parent.type === 'block' || parent.type === 'module') return current;
    current = parent;
  }
  return current;
}

/** The last assignment to a name before `at`, in the function that starts at `scope`, else at the top level. */
export function lastAssignment(script: Script, name: string, at: number, scope: number): Assignment | undefined {
  let found: Assignment | undefined;
  for (const assignment of script.assignmentsByTarget.get(name) ?? []) {
    if (assignment.start >= at) break;
    if (assignment.end > at) continue;
    if (assignment.scope === scope) found = assignment;
    else if (assignment.scope < 0 && found === undefined) found = assignment;
  }
  return found;
}

/** The call that a node is. */
export function callAt({ callsById }: Script, node: Node | undefined): Call | undefined {
  return node && callsById.get(node.id);
}

/** The assignment whose whole value a call is. */
export function assignmentOf({ assignments }: Script, { node, start }: Call): Assignment | undefined {
  // Nothing is assigned between the name and the value.
  const before = assignments[firstFrom(assignments, start) - 1];
  return before?.value.id === node.id ? before : undefined;
}
