import type { GraphPanelMethod, GraphPanelMethods, OverlayData } from '../../../src/protocol';
import { isBoolean, isCount, isFinite, isNumber, isObject, isString, listOf, oneOf, optional, shapeOf } from './guards';

const numbers = listOf(isNumber);

const histogram = shapeOf({
  low: isFinite,
  high: isFinite,
  counts: (value) => listOf(isCount)(value) && (value as readonly number[]).length > 0,
});

const grid = shapeOf({
  dataType: isString,
  scales: numbers,
  zeroPoints: numbers,
  axis: optional(isNumber),
  blockSize: optional(isNumber),
  integerRange: (value) => numbers(value) && (value as readonly number[]).length === 2,
});

const mask = shapeOf({
  rows: isCount,
  columns: isCount,
  kept: numbers,
  zeroRows: isCount,
  zeroColumns: isCount,
  matrixRows: isCount,
  matrixColumns: isCount,
});

const weight = shapeOf({
  elements: isCount,
  minimum: isNumber,
  maximum: isNumber,
  mean: isNumber,
  standardDeviation: isNumber,
  zeros: isCount,
  nonFinite: isCount,
  l1: isNumber,
  l2: isNumber,
  histogram,
  quantization: optional(grid),
  channels: optional(shapeOf({ axis: isCount, minimum: numbers, maximum: numbers, zeroShare: numbers })),
  mask,
});

const methodRange = { method: isString, minimum: isFinite, maximum: isFinite, clippedShare: isFinite };

const activation = shapeOf({
  tensor: isString,
  samples: isCount,
  minimum: isFinite,
  maximum: isFinite,
  histogram,
  chosen: optional(shapeOf({ ...methodRange, dataType: isString, scale: isFinite, zeroPoint: isFinite })),
  methods: listOf(shapeOf(methodRange)),
});

const overlayValue = shapeOf({ value: isFinite, detail: optional(isString), fusedInto: optional(isString) });
const overlayData = shapeOf({
  overlay: oneOf('range', 'latency', 'sensitivity'),
  values: (value) => isObject(value) && Object.values(value).every(overlayValue),
  origin: isString,
});

/** True for the figures of an overlay. */
export function isOverlayData(value: unknown): value is OverlayData {
  return overlayData(value);
}

const names = listOf(isString);
const coupling = shapeOf({
  groups: listOf(
    shapeOf({
      group: isString,
      channels: isCount,
      makers: names,
      readers: names,
      carriers: names,
      protection: optional(isString),
    }),
  ),
  problem: optional(isString),
});

/** What a good answer to each method looks like. */
const CHECKS: Readonly<Record<GraphPanelMethod, (value: unknown) => boolean>> = {
  weight,
  weightPage: shapeOf({ total: isCount, values: listOf((value) => isNumber(value) || isString(value)) }),
  exportWeight: shapeOf({ saved: isBoolean }),
  activation: (value) => value === null || activation(value),
  overlay: (value) => value === null || overlayData(value),
  pruned: listOf(shapeOf({ group: isString, nodes: listOf(isString), channels: isCount, removed: isCount })),
  coupling: (value) => value === null || coupling(value),
  measure: shapeOf({ started: isBoolean }),
  choose: shapeOf({ changed: isBoolean }),
  copy: shapeOf({ copied: isBoolean }),
  savePicture: shapeOf({ saved: isBoolean }),
  openSource: shapeOf({ opened: isBoolean }),
  openDocumentation: shapeOf({ opened: isBoolean }),
};

/** True when `value` has the shape of an answer to `method`. */
export function isAnswer<M extends GraphPanelMethod>(
  method: M,
  value: unknown,
): value is GraphPanelMethods[M]['result'] {
  return CHECKS[method](value);
}
