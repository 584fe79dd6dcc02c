import { create } from '@bufbuild/protobuf';
import { batchSamples } from '../data/batchSamples';
import type { Sample } from '../data/dataset';
import { createRowReader, readChannels, type LayerShape } from '../onnx/layerRows';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import { ValueInfoProtoSchema, type NodeProto } from '../onnx/onnx_pb';
import { dropUnused } from '../onnx/rewrites/editGraph';
import type { TensorMap } from '../onnx/tensorValue';
import { createSession } from '../runtime/session';
import { createRandom } from '../util/random';
import { runSamples } from './runSamples';

/** Samples of one run. */
const BATCH_SIZE = 16;
/** Values of targets that are held for the layers of one window. */
const MAX_HELD_VALUES = 16 << 20;

/** A Conv, Gemm or MatMul whose values are read at some positions. */
export interface RowLayer {
  /** Among all layers of the model; it seeds what positions are read. */
  readonly index: number;
  readonly node: NodeProto;
  readonly shape: LayerShape;
  /** Of its weight. */
  readonly dims: readonly number[];
  /** The axis of the channels of its output. */
  readonly axis: 1 | -1;
  /** Positions that are read at most. */
  readonly rows: number;
}

/** What a layer reads and gives at sampled positions; one row a position. */
export interface SampledRows {
  /** Row-major, all groups one after the other; empty where inputs were not asked for. */
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  /** By row: the number of the sample that it comes from. */
  readonly sampleNumbers: Uint32Array;
  count: number;
}

/** What is run, and how. */
export interface RowSampling<L extends RowLayer> {
  readonly model: Model;
  readonly layers: readonly L[];
  /** The tensor that is read as what a layer gives: its output, or one of the same shape behind it. */
  readonly targetOf: (layer: L) => string;
  readonly withInputs: boolean;
  readonly samples: readonly Sample[];
  readonly threads: number;
  /** 0 when absent. */
  readonly seed?: number;
  readonly signal: AbortSignal;
}

/**
 * Runs what leads to the targets of some layers, and reads positions of them that depend on nothing but layer, run and
 * seed, so that two models are read at the same ones. By index of the layer; those whose values are not float32 are missing.
 */
export async function sampleRows<L extends RowLayer>(sampling: RowSampling<L>): Promise<Map<number, SampledRows>> {
  const { model, layers, targetOf, withInputs, samples, threads, signal } = sampling;
  const part = cloneModel(model);
  const given = new Set(mainGraph(part).input.map(({ name }) => name));
  const tensors = layers.flatMap((layer) => [targetOf(layer), ...(withInputs ? [layer.node.input[0] ?? ''] : [])]);
  mainGraph(part).output = [...new Set(tensors)]
    .filter((name) => !given.has(name))
    .map((name) => create(ValueInfoProtoSchema, { name }));
  dropUnused(part);
  const readsGiven = tensors.some((name) => given.has(name));
  const session = await createSession(part, { threads });
  const sampled = new Map<number, SampledRows>();
  let [run, first] = [0, 0];
  try {
    for await (const { outputs, samples: batch } of runSamples([session], samples, {
      batchSize: BATCH_SIZE,
      signal,
    })) {
      const values: TensorMap = { ...(readsGiven ? batchSamples(batch).inputs : {}), ...outputs[0] };
      for (const layer of layers) take(sampling, sampled, layer, values, { run, first, count: batch.length });
      run++;
      first += batch.length;
    }
  } finally {
    await session.release();
  }
  return sampled;
}

/** A run: its number, and the samples of it. */
interface Batch {
  readonly run: number;
  /** The number of the first sample. */
  readonly first: number;
  readonly count: number;
}

/** Adds the positions of one run to what was sampled of a layer. */
function take<L extends RowLayer>(
  { targetOf, withInputs, samples, seed = 0 }: RowSampling<L>,
  sampled: Map<number, SampledRows>,
  layer: L,
  values: TensorMap,
  { run, first, count }: Batch,
): void {
  const { groups, outputs, depth } = layer.shape;
  const target = values[targetOf(layer)];
  const input = withInputs ? values[layer.node.input[0] ?? ''] : undefined;
  if (!(target?.data instanceof Float32Array) || (withInputs && !(input?.data instanceof Float32Array))) return;
  const channels = groups * outputs;
  const width = groups * depth;
  let found = sampled.get(layer.index);
  if (!found) {
    found = {
      inputs: new Float32Array(withInputs ? layer.rows * width : 0),
      targets: new Float32Array(layer.rows * channels),
      sampleNumbers: new Uint32Array(layer.rows),
      count: 0,
    };
    sampled.set(layer.index, found);
  }
  const positions = target.data.length / channels;
  const wanted = Math.min(positions, Math.ceil((layer.rows * count) / samples.length), layer.rows - found.count);
  const random = createRandom(seed + layer.index * 65_537 + run);
  const readRow = createRowReader(layer.node, layer.dims, target.dims);
  for (let i = 0; i < wanted; i++) {
    // One from each of as many equal stretches.
    const [from, to] = [Math.floor((i * positions) / wanted), Math.floor(((i + 1) * positions) / wanted)];
    const position = from + random.int(to - from);
    readChannels(target, layer.axis, position, found.targets, found.count * channels);
    if (input) readRow(input, position, found.inputs, found.count * width);
    // Positions count samples first.
    found.sampleNumbers[found.count++] = first + Math.floor((position * count) / positions);
  }
}

/** Neighbouring layers whose targets can be held at once. */
export function rowWindows<L extends RowLayer>(layers: readonly L[]): L[][] {
  const windows: L[][] = [];
  let held = Infinity;
  for (const layer of layers) {
    const values = layer.rows * layer.shape.groups * layer.shape.outputs;
    if (held + values > MAX_HELD_VALUES) {
      windows.push([]);
      held = 0;
    }
    windows.at(-1)?.push(layer);
    held += values;
  }
  return windows;
}
