import type { GraphCommand, GraphDocument, GraphPanelMessage } from '../../../src/protocol';
import { isObject, isString, listOf, oneOf, shapeOf, isBoolean, isCount, isFinite, optional } from './guards';
import { isOverlayData } from './replies';

const COMMANDS: readonly GraphCommand[] = [
  ...(['find', 'findNext', 'findPrevious', 'fit', 'zoomToSelection', 'toggleTable', 'toggleRaw'] as const),
  ...(['collapseAll', 'expandAll', 'exportSvg', 'exportPng'] as const),
];

const side = oneOf(0, 1);
const strings = listOf(isString);
const choices = shapeOf({ excluded: strings, fp16: strings, protected: strings });

/** The outer shape of a document; its parts come from the engine and are not walked through before the first frame. */
const graphDocument = (value: unknown): value is GraphDocument =>
  shapeOf({ version: oneOf(1), name: isString, sizeBytes: isFinite, notes: strings, graphs: listOf(graphBody) })(
    value,
  ) && (value as GraphDocument).graphs.length > 0;
const graphBody = shapeOf({
  name: isString,
  nodes: Array.isArray,
  tensors: Array.isArray,
  inputs: Array.isArray,
  outputs: Array.isArray,
});

const MESSAGES: Readonly<Record<GraphPanelMessage['type'], (value: unknown) => boolean>> = {
  'graph/show': shapeOf({
    documents: (value) => listOf(graphDocument)(value) && [1, 2].includes((value as readonly unknown[]).length),
    mapping: optional(shapeOf({ pairs: listOf(shapeOf({ first: strings, second: strings })) })),
    strings: isObject,
    locale: isString,
    token: isString,
    choices: listOf(choices),
  }),
  'graph/update': shapeOf({ side, document: graphDocument }),
  'graph/shapes': shapeOf({
    side,
    shapes: shapeOf({
      tensors: listOf(shapeOf({ graph: isCount, tensor: isCount, type: isString, dims: Array.isArray })),
      problem: optional(isString),
    }),
  }),
  'graph/choices': shapeOf({ side, choices }),
  'graph/overlay': shapeOf({
    side,
    overlay: oneOf('range', 'latency', 'sensitivity'),
    data: (value) => value === null || isOverlayData(value),
  }),
  'graph/error': shapeOf({ message: isString }),
  'graph/command': shapeOf({ command: oneOf(...COMMANDS) }),
  'graph/reveal': shapeOf({ side, key: isString }),
  'graph/reply': shapeOf({ id: isCount, result: shapeOf({ ok: isBoolean }) }),
};

/** Reads a message of the host; undefined for anything that is none. */
export function parseMessage(value: unknown): GraphPanelMessage | undefined {
  if (!isObject(value) || !isString(value['type']) || !Object.hasOwn(MESSAGES, value['type'])) return undefined;
  // `hasOwn` made sure that the type is one of the table's.
  const check = MESSAGES[value['type'] as GraphPanelMessage['type']];
  return check(value) ? (value as unknown as GraphPanelMessage) : undefined;
}
