import * as z from 'zod';
import type { GraphPanelMethod, GraphPanelMethods, GraphPanelRequest, OutlineEntry } from '../../protocol';

/** Most entries that the outline takes, at any depth. */
export const MAX_OUTLINE_ENTRIES = 5_000;
/** Deeper outlines than this are made up: no exporter nests scopes so deep. */
const MAX_OUTLINE_DEPTH = 64;
const MAX_NODES = 100_000;
const MAX_NAME = 4_096;
const MAX_COPY = 1_000_000;
/** Characters of a picture: SVG of the largest graphs, and PNG of a canvas as large as browsers make. */
const MAX_PICTURE = 64 * 1024 * 1024;

const index = z.int().min(0).max(0x7fffffff);
const tensor = { graph: index, tensor: index };
const name = z.string().max(MAX_NAME);
const overlay = z.enum(['range', 'latency', 'sensitivity']);

const METHODS: { readonly [M in GraphPanelMethod]: z.ZodType<GraphPanelMethods[M]['params']> } = {
  weight: z.strictObject(tensor),
  weightPage: z.strictObject({ ...tensor, offset: z.int().min(0), count: z.int().min(1).max(1_024) }),
  exportWeight: z.strictObject(tensor),
  activation: z.strictObject({ tensor: name }),
  overlay: z.strictObject({ overlay }),
  pruned: z.strictObject({ node: name }),
  coupling: z.strictObject({}),
  measure: z.strictObject({ overlay }),
  choose: z.strictObject({
    nodes: z.array(name.min(1)).min(1).max(MAX_NODES),
    choice: z.enum(['exclude', 'fp16', 'protect']),
    on: z.boolean(),
  }),
  copy: z.strictObject({ text: z.string().max(MAX_COPY) }),
  savePicture: z.strictObject({ format: z.enum(['svg', 'png']), content: z.string().min(1).max(MAX_PICTURE) }),
  openSource: z.strictObject({ node: z.strictObject({ graph: index, node: index }) }),
  openDocumentation: z.strictObject({ operator: name, domain: name }),
};

const METHOD_NAMES = Object.keys(METHODS) as GraphPanelMethod[];
const side = z.union([z.literal(0), z.literal(1)]);

const REQUEST: z.ZodType<GraphPanelRequest> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('request'),
    id: z.int().min(0),
    side,
    method: z.enum(METHOD_NAMES),
    params: z.unknown(),
  }),
  z.strictObject({ type: z.literal('outline'), side, entries: z.custom<readonly OutlineEntry[]>(isOutline) }),
  z.strictObject({ type: z.literal('shown'), nodeCount: z.number(), milliseconds: z.number() }),
]);

/** A method with the params that belong to it. */
export type GraphPanelCall = {
  [M in GraphPanelMethod]: { readonly method: M; readonly params: GraphPanelMethods[M]['params'] };
}[GraphPanelMethod];

/** Reads what the webview sent; undefined when it is no message of the protocol. */
export function parseGraphPanelRequest(message: unknown): GraphPanelRequest | undefined {
  const parsed = REQUEST.safeParse(message);
  return parsed.success ? parsed.data : undefined;
}

/** Reads the params of a method; undefined when they do not fit it or are too large. */
export function parseGraphPanelCall(method: GraphPanelMethod, params: unknown): GraphPanelCall | undefined {
  const parsed = METHODS[method].safeParse(params);
  // The schema of this method produced the params.
  return parsed.success ? ({ method, params: parsed.data } as GraphPanelCall) : undefined;
}

/** Checked by hand, level by level: a schema that calls itself would follow any depth. */
function isOutline(value: unknown): boolean {
  let level: unknown = value;
  let count = 0;
  for (let depth = 0; depth <= MAX_OUTLINE_DEPTH; depth++) {
    if (!Array.isArray(level)) return false;
    count += level.length;
    if (count > MAX_OUTLINE_ENTRIES || !level.every(isEntry)) return false;
    const next: unknown[] = level.flatMap((entry: OutlineEntry) => entry.children);
    if (next.length === 0) return true;
    level = next;
  }
  return false;
}

function isEntry(value: unknown): value is OutlineEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { key, label, description, children } = value as Partial<Record<keyof OutlineEntry, unknown>>;
  return (
    [key, label, description].every((text) => typeof text === 'string' && text.length <= MAX_NAME) &&
    Array.isArray(children)
  );
}
