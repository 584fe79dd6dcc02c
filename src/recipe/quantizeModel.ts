import type { QuantizeParams, QuantizeResult } from '../protocol';
import { PressError } from '../util/pressError';
import type { RunContext } from './runContext';

/** Quantizes the model of `params` and writes the model, its report and its run folder. */
export function quantizeModel(_params: QuantizeParams, _context: RunContext): Promise<QuantizeResult> {
  throw new PressError('internal', 'Not built yet.');
}
