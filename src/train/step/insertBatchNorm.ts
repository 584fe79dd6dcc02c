import type { ChannelMoments } from '../../evaluate/channelMoments';
import { makeNode } from '../../onnx/attributes';
import { createNamer, indexGraph } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import type { NodeProto } from '../../onnx/onnx_pb';
import { addInitializer, insertAfter, isOperator } from '../../onnx/rewrites/editGraph';
import { addFloatTensor, bytesOf, dimsOf, readFloats, setTensorBytes } from '../../onnx/tensor';

/** What BatchNormalization adds to variances where it does not say otherwise. */
const EPSILON = 1e-5;
/** The squared norm that a filter of new weights has on average: variance 2 / fan-in (He et al., 2015). */
const NEW_SQUARED_NORM = 2;

/** Convolutions that no BatchNormalization follows and whose weight is theirs alone, by the tensor that they write. */
export function bareConvolutions(model: Model): Map<string, NodeProto> {
  const { consumers, graph } = indexGraph(model);
  const tensors = new Set(graph.initializer.map(({ name }) => name));
  const outputs = new Set(graph.output.map(({ name }) => name));
  return new Map(
    graph.node.flatMap((node) => {
      const [output = ''] = node.output;
      const [, weight = ''] = node.input;
      const isBare =
        isOperator(node, 'Conv') &&
        tensors.has(weight) &&
        consumers.get(weight)?.length === 1 &&
        !outputs.has(output) &&
        !consumers.get(output)?.some((reader) => isOperator(reader, 'BatchNormalization'));
      return isBare ? [[output, node] as const] : [];
    }),
  );
}

/**
 * Puts a BatchNormalization behind each bare convolution, in place, so that the model computes what it did before: its
 * statistics are those of the outputs, its scale and shift undo them. The bias of the convolution goes, and its filters
 * get the norm of new weights, so that the usual learning rates suit them. Folding takes all of it back.
 * `moments` are those of the tensors of {@link bareConvolutions} on samples; convolutions without them stay.
 */
export function insertBatchNorm(model: Model, moments: ReadonlyMap<string, ChannelMoments>): void {
  const namer = createNamer(model);
  const graph = mainGraph(model);
  const tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const [output, node] of bareConvolutions(model)) {
    const found = moments.get(output);
    const weight = tensors.get(node.input[1] ?? '');
    if (!found || !weight) continue;
    const channels = dimsOf(weight)[0] ?? 1;
    const biasTensor = tensors.get(node.input[2] ?? '');
    if (node.input[2] && !biasTensor) continue; // a bias that is computed
    const bias = biasTensor ? readFloats(model, biasTensor) : new Float32Array(channels);
    const filters = readFloats(model, weight);
    const gains = scaleFilters(filters, channels);
    setTensorBytes(model, weight, bytesOf(filters));
    const scale = new Float32Array(channels);
    const variance = new Float32Array(channels);
    const mean = new Float32Array(channels);
    for (let c = 0; c < channels; c++) {
      const gain = gains[c] ?? 1;
      variance[c] = ((found.deviation[c] ?? 0) * gain) ** 2;
      mean[c] = ((found.mean[c] ?? 0) - (bias[c] ?? 0)) * gain;
      scale[c] = Math.sqrt((variance[c] ?? 0) + EPSILON) / gain;
    }
    const name = namer(`${node.name || output}/BatchNormalization`);
    const parts = { scale, shift: Float32Array.from(found.mean), mean, variance };
    const inputs = Object.entries(parts).map(([part, values]) =>
      addInitializer(model, addFloatTensor(model, namer(`${name}/${part}`), [channels], values)),
    );
    const raw = namer(`${output}/raw`);
    node.input = node.input.slice(0, 2);
    node.output = [raw];
    insertAfter(graph, node, makeNode('BatchNormalization', name, [raw, ...inputs], [output]));
  }
}

/** Scales each filter to the norm of new weights, in place, and returns by what; filters of zeros stay. */
function scaleFilters(filters: Float32Array, channels: number): Float64Array {
  const size = filters.length / channels;
  return new Float64Array(channels).map((_, c) => {
    const filter = filters.subarray(c * size, (c + 1) * size);
    const squares = filter.reduce((sum, value) => sum + value * value, 0);
    const gain = squares > 0 ? Math.sqrt(NEW_SQUARED_NORM / squares) : 1;
    for (let i = 0; i < filter.length; i++) filter[i] = (filter[i] as number) * gain;
    return gain;
  });
}
