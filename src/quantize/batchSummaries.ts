import { create } from '@bufbuild/protobuf';
import { makeNode } from '../onnx/attributes';
import { createNamer } from '../onnx/graphIndex';
import { mainGraph, type Model } from '../onnx/model';
import { ValueInfoProtoSchema } from '../onnx/onnx_pb';
import type { TensorInfo, TensorMap } from '../onnx/tensorValue';
import type { BatchSummary } from './observer';

/** Outputs of a model that sum up one of its tensors. */
export interface SummaryOutputs {
  /** Absent where no value is negative: then zero, which every range contains, serves as well. */
  readonly min?: string;
  /** Of all values, or of each channel of each sample. */
  readonly max: string;
  readonly mean: string;
  readonly channels: number;
  /** Values in a channel of one sample. */
  readonly perChannel: number;
}

/** Ranks that GlobalAveragePool has a kernel for: one to three dimensions behind batch and channels. */
const POOLED_RANKS = [3, 4, 5];

/** True for float tensors [N, C, ...] of a known size, which the model itself can sum up. */
export function canSummarise(info: TensorInfo | undefined): info is TensorInfo {
  if (info?.type !== 'float32' || !POOLED_RANKS.includes(info.dims.length)) return false;
  return info.dims.slice(1).every((dim) => typeof dim === 'number' && dim > 0);
}

/**
 * Adds outputs to a model that sum up some of its tensors: minimum, maximum, and the mean of every channel of every
 * sample. That spares both copying the tensors and going through them value by value here.
 */
export function addSummaries(model: Model, infos: readonly TensorInfo[]): Map<string, SummaryOutputs> {
  const graph = mainGraph(model);
  const nameFor = createNamer(model);
  const output = (opType: string, tensor: string, attributes: Parameters<typeof makeNode>[4] = {}): string => {
    const name = nameFor(`${tensor}_${opType}`);
    graph.node.push(makeNode(opType, nameFor(`${name}_node`), [tensor], [name], attributes));
    graph.output.push(create(ValueInfoProtoSchema, { name }));
    return name;
  };
  const rectified = new Set(graph.node.flatMap((node) => (node.opType === 'Relu' ? node.output : [])));
  return new Map(
    infos.map(({ name, dims }) => {
      const [, channels = 1, ...rest] = dims.map(Number);
      const outputs = {
        // Pooling works on the blocked layout that ONNX Runtime keeps convolutions in; reducing needs a copy without it.
        ...(rectified.has(name)
          ? { max: output('GlobalMaxPool', name) }
          : // Without axes, these reduce over everything in any operator set.
            { min: output('ReduceMin', name, { keepdims: 0 }), max: output('ReduceMax', name, { keepdims: 0 }) }),
        mean: output('GlobalAveragePool', name),
        channels,
        perChannel: rest.reduce((product, dim) => product * dim, 1),
      };
      return [name, outputs];
    }),
  );
}

/** The summary of a tensor from the results of a run; undefined when some of its values are not finite. */
export function summaryOf(results: TensorMap, outputs: SummaryOutputs): BatchSummary | undefined {
  const means = floatsOf(results, outputs.mean);
  const max = floatsOf(results, outputs.max).reduce((a, b) => Math.max(a, b), -Infinity);
  const min = outputs.min === undefined ? 0 : (floatsOf(results, outputs.min)[0] ?? NaN);
  // What minimum and maximum are of values with a NaN is not defined, but their mean is NaN for sure.
  if (!Number.isFinite(min) || !Number.isFinite(max) || !means.every(Number.isFinite)) return undefined;
  const { channels, perChannel } = outputs;
  return { min, max, count: means.length * perChannel, channels, means };
}

function floatsOf(results: TensorMap, name: string): Float32Array {
  return (results[name]?.data ?? new Float32Array()) as Float32Array; // sums up a float32 tensor
}
