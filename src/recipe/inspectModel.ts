import type { InspectResult } from '../protocol';
import { PressError } from '../util/pressError';

/** Reads the structure of a model without its weights and without ONNX Runtime. */
export function inspectModel(_path: string): InspectResult {
  throw new PressError('internal', 'Not built yet.');
}
