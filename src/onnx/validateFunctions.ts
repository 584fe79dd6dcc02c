import { malformedModel, unsupportedModel } from './errors';
import { subgraphsOf } from './model';
import type { FunctionProto, ModelProto, NodeProto } from './onnx_pb';

/** ONNX Runtime replaces every call of a function by its nodes; beyond so many it would not come back. */
const MAX_INLINED_NODES = 1_000_000;

/**
 * Checks that no function of the model calls itself, directly or through others, and that the model stays of a sane
 * size once all calls are replaced by their bodies. Throws `malformed-model` or `unsupported-model`.
 */
export function validateFunctions(proto: ModelProto): void {
  const functions = new Map(proto.functions.map((fn) => [keyOf(fn, fn.name), fn]));
  const sizes = new Map<FunctionProto, number>();
  const open = new Set<FunctionProto>();
  const sizeOf = (nodes: readonly NodeProto[]): number => {
    let size = 0;
    for (const node of nodes) {
      const fn = functions.size > 0 ? functions.get(keyOf(node, node.opType)) : undefined;
      size += fn ? functionSize(fn) : 1;
      for (const inner of subgraphsOf(node)) size += sizeOf(inner.node);
    }
    return size;
  };
  const functionSize = (fn: FunctionProto): number => {
    const known = sizes.get(fn);
    if (known !== undefined) return known;
    if (open.has(fn)) throw malformedModel(`function "${fn.name}" calls itself`);
    if (open.size > MAX_CALL_DEPTH) throw unsupportedModel('Its functions call each other', 'more than 200 deep.');
    open.add(fn);
    const size = sizeOf(fn.node);
    open.delete(fn);
    sizes.set(fn, size);
    return size;
  };
  for (const fn of proto.functions) functionSize(fn);
  if (sizeOf(proto.graph?.node ?? []) > MAX_INLINED_NODES) {
    throw unsupportedModel(
      `With every function in place the model has more than ${MAX_INLINED_NODES} nodes`,
      'which ONNX Runtime cannot load.',
    );
  }
}

/** Real models call functions in functions a few levels deep. */
const MAX_CALL_DEPTH = 200;

/** A function is known by its domain, its name and, from IR 10 on, its overload. */
function keyOf(owner: { domain: string; overload: string }, name: string): string {
  return [owner.domain === 'ai.onnx' ? '' : owner.domain, name, owner.overload].join('\0');
}
