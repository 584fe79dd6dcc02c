import { PressError } from '../util/pressError';

/** The bytes are not an ONNX model: `what` was found at `offset`. */
export function malformedModel(what: string, offset?: number): PressError {
  const where = offset === undefined ? '' : ` at byte ${offset}`;
  return new PressError(
    'malformed-model',
    `This is not a whole ONNX model: ${what}${where}. Export or download it again.`,
    {
      what,
      ...(offset === undefined ? {} : { offset }),
    },
  );
}

/** The model is well formed, but something in it is beyond this tool. */
export function unsupportedModel(what: string, action: string): PressError {
  return new PressError('unsupported-model', `${what} ${action}`, { what });
}

/** External data that is missing, too short or outside the model's folder. */
export function badExternalData(location: string, what: string): PressError {
  return new PressError(
    'external-data',
    `External data "${location}" ${what}. Put the data file beside the model and try again.`,
    { location },
  );
}
