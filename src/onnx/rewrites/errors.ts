import { PressError } from '../../util/pressError';

/** The oldest operator set that can be brought up: before it, broadcasting was told by attributes. */
export const OLDEST_OPSET = 7;

/** The model's operator set is too old and cannot be raised: `what` stands in the way. */
export function unsupportedOpset(found: number, needed: number, what: string): PressError {
  return new PressError(
    'unsupported-opset',
    `The model uses operator set ${found}, operator set ${needed} is needed, and it cannot be raised: ${what} ` +
      `Export the model again with operator set ${needed} or later.`,
    { found, needed, what },
  );
}
