/** Checks of values that came over a message border; each takes anything and never throws. */

type Check = (value: unknown) => boolean;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

/** A finite number: one that can be a size or a place. */
export function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

/** A whole number from zero. */
export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}

/** Makes a check of arrays out of the check of their items. */
export function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

/** Makes a check of objects out of the checks of their fields; other fields do not matter. */
export function shapeOf(fields: Readonly<Record<string, Check>>): Check {
  return (value) => isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
}

/** Makes a check that also accepts a missing value. */
export function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

/** Makes a check of one of several constants. */
export function oneOf(...values: readonly unknown[]): Check {
  return (value) => values.includes(value);
}
