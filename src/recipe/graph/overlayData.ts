import type { GraphDocument, MeasuredOverlay, OverlayData, OverlayValue } from '../../protocol';
import type { CalibrationRecord } from '../calibrationFile';
import { clippedByChoice } from './activationDetails';
import { findCalibration } from './findCalibration';
import { overlayOf, readMeasurement } from './measurementFile';
import { withGraph } from './openGraph';

/**
 * The figures of an overlay that are there already; null when nothing was measured, or the model has changed since.
 * Never runs the model.
 */
export async function overlayData(path: string, overlay: MeasuredOverlay): Promise<OverlayData | null> {
  if (overlay !== 'range') {
    const found = readMeasurement(path, overlay);
    return found ? overlayOf(found) : null;
  }
  const record = findCalibration(path);
  return record ? withGraph(path, ({ graph }) => rangeOverlay(graph.document, record)) : null;
}

/** The share of its output's values that each node's range cuts off. */
function rangeOverlay(document: GraphDocument, record: CalibrationRecord): OverlayData {
  const makers = makersOf(document);
  const values = new Map<string, OverlayValue>();
  for (const tensor of record.tensors) {
    // In a quantized model the layer makes `_float`, which is then quantized; of an input only the quantizer is a node.
    const node =
      makers.get(`${tensor.tensor}_float`) ?? makers.get(tensor.tensor) ?? makers.get(`${tensor.tensor}_quantized`);
    if (node === undefined) continue;
    const value = clippedByChoice(tensor);
    if (value < (values.get(node)?.value ?? 0)) continue;
    const { minimum, maximum } = tensor.chosen;
    const clipped = Math.round(value * tensor.values);
    values.set(node, {
      value,
      detail: `${clipped} of ${tensor.values} values lie outside ${shortNumber(minimum)} .. ${shortNumber(maximum)}; seen were ${shortNumber(tensor.minimum)} .. ${shortNumber(tensor.maximum)}.`,
    });
  }
  return {
    overlay: 'range',
    values: Object.fromEntries(values),
    origin: `Calibrated by ${record.method} on ${record.samples} samples (${record.data}), ${record.date.slice(0, 10)}.`,
  };
}

/** Names of the main graph's nodes by what they make. */
function makersOf({ graphs: [main] }: GraphDocument): Map<string, string> {
  const makers = new Map<string, string>();
  for (const node of main?.nodes ?? []) {
    for (const output of node.outputs) {
      const tensor = main?.tensors[output];
      if (tensor) makers.set(tensor.name, node.name);
    }
  }
  return makers;
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
