import type { Sample } from '../data/dataset';
import type { TensorMap, TensorValue } from '../onnx/tensorValue';
import type { Estimate, Metric } from '../protocol';

/** A figure of each of the models that were run, and of two the change from the first to the second. */
export interface TaskFigure {
  readonly models: readonly Metric[];
  readonly change?: Estimate;
}

/** Measures something besides classification, of one or two models on the same samples. */
export interface TaskMeter {
  /** Looks at one run; `outputs` by model, named as the first model names them. */
  add(samples: readonly Sample[], outputs: readonly TensorMap[]): Promise<void>;
  /** The figures, when all samples have been run. */
  finish(signal?: AbortSignal): Promise<TaskFigure[]>;
  /** Removes what lies on disk; whoever made the meter calls it, whatever happened. */
  dispose(): Promise<void>;
}

/** What every meter is made with. */
export interface TaskSettings {
  readonly modelCount: number;
  /** Of the resampling that gives intervals. */
  readonly seed: number;
  readonly classNames?: readonly string[];
}

/** The part of an output that belongs to one sample of a run, without its batch dimension; all of it where it has none. */
export function outputOfSample(value: TensorValue, row: number, samples: number): TensorValue {
  const { dims, data, type } = value;
  if (dims[0] !== samples || dims.length < 2) return value;
  const length = data.length / samples;
  // slice keeps the kind of data that the value has
  const part = data.slice(row * length, (row + 1) * length) as TensorValue['data'];
  return { type, dims: dims.slice(1), data: part };
}
