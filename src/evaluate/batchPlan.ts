import type { TensorInfo } from '../onnx/tensorValue';
import type { Sample } from '../data/dataset';

/** How samples are grouped into runs. */
export interface BatchPlan {
  /** Samples in a run. */
  readonly size: number;
  /** True when every run must have exactly `size` samples: the model fixes its batch. */
  readonly isFixed: boolean;
}

/** What batching saves is the cost of a call; beyond this, nothing is left of it. */
const MAX_BATCH = 32;
/**
 * Elements of all inputs of a run: one RGB image of 224x224. Larger samples do not run measurably faster together
 * (MobileNetV1 at batch 1 to 32: the same processor time within 10 %), but their activations add up in memory.
 */
const MAX_BATCH_ELEMENTS = 150_528;

/**
 * Decides how many samples go into one run. Models that share one fixed batch get that; models whose inputs all have a
 * dynamic first dimension get up to `wanted`, or as many as gain something; all others one.
 */
export function planBatch(models: readonly (readonly TensorInfo[])[], first: Sample, wanted?: number): BatchPlan {
  const inputs = models.flat();
  const single: BatchPlan = { size: 1, isFixed: true };
  if (inputs.length === 0 || inputs.some(({ dims }) => dims.length === 0)) return single;
  const values = Object.values(first.inputs);
  // A sample whose own first dimension is not 1 is a whole batch, or no batch at all.
  if (values.some(({ dims }) => dims[0] !== 1)) return single;
  const fixed = new Set(inputs.map(({ dims }) => dims[0]).filter((dim) => typeof dim === 'number'));
  if (fixed.size > 1) return single;
  const [fixedSize] = fixed;
  if (fixedSize !== undefined) {
    return inputs.every(({ dims }) => dims[0] === fixedSize) ? { size: fixedSize, isFixed: true } : single;
  }
  const elements = values.reduce((sum, { data }) => sum + data.length, 0);
  const fitting = Math.max(1, Math.floor(MAX_BATCH_ELEMENTS / Math.max(1, elements)));
  return { size: Math.max(1, wanted ?? Math.min(MAX_BATCH, fitting)), isFixed: false };
}

/** True when two samples can lie in one batch: the same inputs with the same shapes and types. */
export function canShareBatch(first: Sample, second: Sample): boolean {
  const names = Object.keys(first.inputs);
  if (names.length !== Object.keys(second.inputs).length) return false;
  return names.every((name) => {
    const a = first.inputs[name];
    const b = second.inputs[name];
    if (!a || a.type !== b?.type || a.dims.length !== b.dims.length) return false;
    return a.dims.every((dim, axis) => dim === b.dims[axis]);
  });
}
