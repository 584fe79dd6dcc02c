import type { Node, ParseError } from 'jsonc-parser';
import { getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser';

/** JSON with the places of its parts, or the first thing that is wrong with it. */
export type JsonTree =
  | { readonly tree: Node; readonly value: unknown; readonly problem?: undefined }
  | { readonly problem: string; readonly offset: number };

/** Parses JSON for messages that name line and column; with `relaxed`, comments and trailing commas are allowed. */
export function parseJsonTree(text: string, options: { relaxed: boolean }): JsonTree {
  const errors: ParseError[] = [];
  try {
    const tree = parseTree(text, errors, {
      allowTrailingComma: options.relaxed,
      disallowComments: !options.relaxed,
    });
    const [first] = errors;
    if (first) return { problem: describe(first), offset: first.offset };
    return tree ? { tree, value: getNodeValue(tree) } : { problem: 'no value', offset: 0 };
  } catch (error) {
    // The parser recurses, so thousands of brackets exhaust the stack.
    if (error instanceof RangeError) return { problem: 'it is nested too deeply', offset: 0 };
    throw error;
  }
}

function describe(error: ParseError): string {
  return printParseErrorCode(error.error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}
