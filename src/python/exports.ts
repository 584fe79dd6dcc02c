import type { Node } from 'web-tree-sitter';
import type { Call, Script } from './script';
import { argument, argumentsOf, callAt, lastAssignment, stringValue } from './syntax';

/** A call that writes an ONNX file. */
export interface ExportCall {
  readonly call: Call;
  /** The expression of the model; undefined where a method of the model exports it. */
  readonly model: Node | undefined;
  /** The file as the script names it; undefined where that is computed. */
  readonly path: string | undefined;
  /** True for `torch.onnx.export`, whose arguments the rules know. */
  readonly isTorch: boolean;
  /** True where the script asks for the exporter that is based on `torch.export`. */
  readonly isDynamo: boolean;
}

/** Expressions in expressions, variables that hold others: no script names a file through more than this. */
const MAX_INDIRECTIONS = 10;

/** The exports of a script. */
export function findExports(script: Script): ExportCall[] {
  return script.calls.flatMap((call): ExportCall[] => {
    if (call.name === 'torch.onnx.export') {
      return [
        {
          call,
          model: argument(call.node, 'model', 0),
          path: pathValue(script, call, argument(call.node, 'f', 2), MAX_INDIRECTIONS),
          isTorch: true,
          isDynamo: argument(call.node, 'dynamo')?.text === 'True',
        },
      ];
    }
    if (call.method !== 'to_onnx') return [];
    const path = pathValue(script, call, argument(call.node, 'file_path', 0), MAX_INDIRECTIONS);
    return [{ call, model: undefined, path, isTorch: false, isDynamo: false }];
  });
}

/** The path that an expression stands for: literals, `Path(...)`, `/`, `os.path.join` and variables that hold these. */
function pathValue(script: Script, at: Call, node: Node | undefined, depth: number): string | undefined {
  if (node === undefined || depth === 0) return undefined;
  const literal = stringValue(node);
  if (literal !== undefined) return literal;
  const inner = (part: Node | null | undefined): string | undefined =>
    pathValue(script, at, part ?? undefined, depth - 1);
  switch (node.type) {
    case 'identifier':
      return inner(lastAssignment(script, node.text, at.start, at.scope)?.value);
    case 'parenthesized_expression':
      return inner(node.firstNamedChild);
    case 'binary_operator': {
      const operator = node.childForFieldName('operator')?.text;
      const left = inner(node.childForFieldName('left'));
      const right = inner(node.childForFieldName('right'));
      if (left === undefined || right === undefined) return undefined;
      if (operator === '/') return joinPath([left, right]);
      return operator === '+' ? left + right : undefined;
    }
    case 'call':
      return callPath(script, node, inner);
    default:
      return undefined;
  }
}

function callPath(script: Script, node: Node, inner: (part: Node) => string | undefined): string | undefined {
  const call = callAt(script, node);
  const values = argumentsOf(node).map(({ value }) => value);
  const [first] = values;
  if (call === undefined) return undefined;
  switch (call.name) {
    case 'str':
    case 'os.fspath':
      return first && inner(first);
    case 'pathlib.Path':
    case 'os.path.join': {
      const parts = values.map(inner);
      return parts.every((part) => part !== undefined) ? joinPath(parts) : undefined;
    }
    default:
      return undefined;
  }
}

/** As Python joins: an absolute part forgets what stands before it. */
function joinPath(parts: readonly string[]): string {
  return parts.reduce((path, part) => {
    if (path === '' || /^([/\\]|[A-Za-z]:)/.test(part)) return part;
    return /[/\\]$/.test(path) ? path + part : `${path}/${part}`;
  }, '');
}
