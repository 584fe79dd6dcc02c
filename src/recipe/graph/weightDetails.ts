import { setImmediate } from 'node:timers/promises';
import type { Model } from '../../onnx/model';
import type { TensorRef, WeightDetails } from '../../protocol';
import { throwIfCancelled } from '../../util/pressError';
import type { ProgressCallback } from '../../util/progress';
import { findWeight } from './findWeight';
import { withGraph, type OpenGraph } from './openGraph';
import { gridOf, quantizationOf, type WeightQuantization } from './quantizedWeight';
import { readElements, type ElementReader } from './readElements';
import { dequantized } from './realValues';
import { readSparse } from './sparseElements';
import type { StoredWeight } from './storedWeight';
import { HistogramCounter, matrixView, WeightStatistics } from './weightStatistics';
import { channelAxis } from './weightUse';

/** Elements that are looked at between two chances to cancel: some ten milliseconds, 4 MB as doubles. */
const CHUNK = 1 << 19;
/** Details that are kept of each open model, so that going back and forth costs nothing. */
const MAX_KEPT = 64;

/** What a pass over a weight gets from whoever asked. */
export interface PassContext {
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressCallback;
}

const kept = new WeakMap<OpenGraph, Map<string, WeightDetails>>();

/**
 * Everything that the inspector shows of a weight. It is read in two passes, a part at a time, so that memory does not
 * depend on its size. Throws `bad-option` where there is no such weight, `unsupported-model` for values that are no
 * numbers, `external-data` or `malformed-model` where they cannot be read.
 */
export function weightDetails(path: string, ref: TensorRef, context: PassContext = {}): Promise<WeightDetails> {
  return withGraph(path, async (open) => {
    const key = `${ref.graph}:${ref.tensor}`;
    const all = kept.get(open) ?? new Map<string, WeightDetails>();
    kept.set(open, all);
    const known = all.get(key);
    if (known) return known;
    const details = await computeDetails(open, ref, context);
    if (all.size >= MAX_KEPT) all.delete(all.keys().next().value ?? '');
    all.set(key, details);
    return details;
  });
}

async function computeDetails(
  { file, graph }: OpenGraph,
  ref: TensorRef,
  context: PassContext,
): Promise<WeightDetails> {
  const { model } = file;
  const stored = findWeight(graph, ref);
  const quantization = quantizationOf(model, graph, ref);
  const { packed } = quantization ?? {};
  const dims = packed ? [packed.rows, packed.columns] : stored.dims;
  const reader = realReader(model, stored, quantization);
  const isPerChannel = quantization?.axis !== undefined && quantization.blockSize === undefined;
  const axis = packed ? 0 : isPerChannel ? (quantization?.axis ?? 0) : channelAxis(graph.document, ref, dims.length);
  const statistics = new WeightStatistics(matrixView(dims, axis));
  const total = reader.count * 2;
  await pass(reader, (values) => statistics.add(values), context, { done: 0, total });
  const figures = statistics.figures();
  const counter = new HistogramCounter(figures.minimum, figures.maximum);
  await pass(reader, (values) => counter.add(values), context, { done: reader.count, total });
  const grid = gridOf(quantization);
  return { ...figures, histogram: counter.histogram(), ...(grid ? { quantization: grid } : {}) };
}

function realReader(
  model: Model,
  stored: StoredWeight,
  quantization: WeightQuantization | undefined,
): Pick<ElementReader, 'count' | 'read'> {
  if (stored.kind === 'sparse') return readSparse(model, stored);
  const reader = readElements(model, stored.values);
  return quantization?.isStored ? dequantized(reader, stored.dims, quantization) : reader;
}

/** Shows every part of a weight to `visit`, and lets other requests and cancelling through in between. */
async function pass(
  reader: Pick<ElementReader, 'count' | 'read'>,
  visit: (values: Float64Array) => void,
  { signal, onProgress }: PassContext,
  progress: { done: number; total: number },
): Promise<void> {
  for (let offset = 0; offset < reader.count; offset += CHUNK) {
    throwIfCancelled(signal);
    const length = Math.min(CHUNK, reader.count - offset);
    visit(reader.read(offset, length));
    onProgress?.({ stage: 'weight', done: progress.done + offset + length, total: progress.total });
    if (offset + length < reader.count) await setImmediate();
  }
}
