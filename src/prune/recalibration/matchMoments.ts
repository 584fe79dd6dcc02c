import { createNamer, indexGraph, isStandard, type GraphIndex } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import type { NodeProto } from '../../onnx/onnx_pb';
import { floatConstant } from '../../onnx/rewrites/affine';
import { isOperator } from '../../onnx/rewrites/editGraph';
import { linearNode, type FoldContext } from '../../onnx/rewrites/linearNode';
import { throwIfCancelled } from '../../util/pressError';
import { addToBias } from './addToBias';
import { channelMoments, type ChannelMoments } from '../../evaluate/channelMoments';
import type { CorrectionInput, CorrectionOptions } from './correction';

/** Layers are corrected in at most so many groups, one after the other: each costs a pass over the samples. */
const MAX_ROUNDS = 24;
/** A channel that nearly vanished is not blown up: what is left of it is noise. */
const SCALE_LIMITS = [0.5, 2] as const;

/**
 * Gives every output channel of the Conv, Gemm and MatMul layers of a pruned model the mean and the standard deviation
 * that it has in the original, layer after layer in graph order, each on what the corrected layers before it give: what
 * new BatchNormalization statistics would do, where those are folded away (Jordan et al., REPAIR: REnormalizing Permuted
 * Activations for Interpolation Repair, 2022). Matching means alone makes it worse: the deviations that pruning took are
 * then missing around other means, and Relu lets less and less through. Zeros of weights stay zero. A weight that several nodes read is left alone.
 * Returns the names of the layers that were corrected.
 */
export async function matchMoments(input: CorrectionInput, options: CorrectionOptions): Promise<string[]> {
  const { original, masked, samples } = input;
  const { rounds = MAX_ROUNDS, onProgress } = options;
  const layers = layersOf(masked);
  const wanted = await channelMoments(original, outputsOf(layers), samples, options);
  const size = Math.ceil(layers.length / Math.min(MAX_ROUNDS, rounds));
  const corrected: string[] = [];
  for (let start = 0; start < layers.length; start += size) {
    throwIfCancelled(options.signal);
    onProgress?.({ stage: 'calibrate', done: start, total: layers.length });
    const part = layers.slice(start, start + size);
    const found = await channelMoments(masked, outputsOf(part), samples, options);
    for (const node of part) {
      const [want, have] = [wanted.get(node.output[0] ?? ''), found.get(node.output[0] ?? '')];
      if (want && have && correct(input, node, want, have)) corrected.push(node.name);
    }
  }
  return corrected;
}

/** Layers whose weight is a constant that only they read. */
function layersOf(model: Model): NodeProto[] {
  const index = indexGraph(model);
  return mainGraph(model).node.filter(
    (node) => isOperator(node, 'Conv', 'Gemm', 'MatMul') && isStandard(node) && hasOwnWeight(index, node),
  );
}

function hasOwnWeight(index: GraphIndex, node: NodeProto): boolean {
  const [input = '', weight = ''] = node.input;
  return !index.initializers.has(input) && !!floatConstant(index, weight) && index.consumers.get(weight)?.length === 1;
}

function outputsOf(nodes: readonly NodeProto[]): Map<string, 1 | -1> {
  return new Map(nodes.map(({ opType, output }) => [output[0] ?? '', opType === 'Conv' ? 1 : -1]));
}

function correct(
  { masked, types }: CorrectionInput,
  node: NodeProto,
  want: ChannelMoments,
  have: ChannelMoments,
): boolean {
  const context: FoldContext = {
    model: masked,
    index: indexGraph(masked),
    name: createNamer(masked),
    rank: (tensor) => types.get(tensor ?? '')?.dims.length,
  };
  const canScale = node.opType !== 'MatMul'; // its scale would have to go into the Add behind it, too
  const scale = want.mean.map((_, c) => (canScale ? scaleOf(want.deviation[c] ?? 0, have.deviation[c] ?? 0) : 1));
  // A channel that is zero throughout was masked as a whole, and goes.
  const isGone = (c: number): boolean => have.mean[c] === 0 && have.deviation[c] === 0;
  const shift = want.mean.map((mean, c) => (isGone(c) ? 0 : mean - (scale[c] ?? 1) * (have.mean[c] ?? 0)));
  if (node.opType === 'MatMul') return addToBias(context, node, shift);
  const linear = linearNode(context, node);
  linear?.absorb({ scale, shift });
  return linear !== undefined;
}

function scaleOf(wanted: number, found: number): number {
  if (!(found > 1e-9)) return 1;
  const [low, high] = SCALE_LIMITS;
  return Math.min(high, Math.max(low, wanted / found));
}
