import type { GraphSensitivityParams, OverlayData } from '../../protocol';
import { PressError } from '../../util/pressError';
import type { RunContext } from '../runContext';
import { measureSensitivity } from '../sensitivity';
import { overlayOf, readMeasurement } from './measurementFile';

/**
 * Measures what quantizing each layer of a model alone does to its outputs, for the overlay of the graph; see
 * {@link measureSensitivity}, which keeps the figures in the run folder.
 */
export async function sensitivityGraph(params: GraphSensitivityParams, context: RunContext): Promise<OverlayData> {
  const { path, samples, ...rest } = params;
  await measureSensitivity({ model: path, ...rest, ...(samples === undefined ? {} : { limit: samples }) }, context);
  const written = readMeasurement(path, 'sensitivity');
  if (!written) throw new PressError('file-access', `${path} changed while it was measured. Try again.`, {});
  return overlayOf(written);
}
