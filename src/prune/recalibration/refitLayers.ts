import { rowWindows, sampleRows, type RowLayer, type SampledRows } from '../../evaluate/sampleRows';
import { floatAttribute } from '../../onnx/attributes';
import { createNamer, indexGraph, isStandard } from '../../onnx/graphIndex';
import { layerShape, type LayerShape } from '../../onnx/layerRows';
import { mainGraph } from '../../onnx/model';
import type { TensorProto } from '../../onnx/onnx_pb';
import { residualSum } from '../../onnx/residualSum';
import { floatConstant } from '../../onnx/rewrites/affine';
import { isOperator } from '../../onnx/rewrites/editGraph';
import { storeFloats, type FoldContext } from '../../onnx/rewrites/linearNode';
import { dimsOf, readFloats } from '../../onnx/tensor';
import { throwIfCancelled } from '../../util/pressError';
import { addToBias } from './addToBias';
import { solveRidge } from './solveRidge';
import type { CorrectionInput, CorrectionOptions } from './correction';

/** Positions that a layer is fitted on: some ten for each weight of an output where kernels are small. */
const MAX_ROWS = 8192;
/** Values of inputs that are held for one layer, and of wanted outputs for one run of the original. */
const MAX_HELD_VALUES = 16 << 20;
/** A factorisation beyond so many multiply-accumulates takes longer than it is worth. */
const MAX_SOLVE_MACS = 2e10;
/** Of the mean square of the inputs: keeps weights that the samples say little of near what they were. */
const RIDGE = 1e-3;

/**
 * Gives the Conv, Gemm and MatMul layers of a pruned model the weights by which what is left of their inputs comes closest
 * to what the original computes, by least squares over sampled positions, layer after layer in graph order, each on what
 * the fitted layers before it give (He, Zhang and Sun, Channel Pruning for Accelerating Very Deep Neural Networks, 2017).
 * Where a layer is added to something, as in a residual block, the sum is fitted, so that it makes up for what the other
 * side lost, too. Zeros of weights stay zero, and an output without weights, which pruning takes away, is left alone.
 * Returns the names of the layers that were fitted.
 */
export async function refitLayers(input: CorrectionInput, options: CorrectionOptions): Promise<string[]> {
  const { masked, original, samples } = input;
  const layers = layersOf(input);
  const fitted: string[] = [];
  let done = 0;
  for (const window of rowWindows(layers)) {
    const common = { samples, targetOf: ({ target }: Layer) => target, ...options };
    const wanted = await sampleRows({ ...common, model: original, layers: window, withInputs: false });
    const share = options.rounds === undefined ? 1 : options.rounds / layers.length;
    for (const round of roundsOf(window, Math.max(1, Math.round(window.length * share)))) {
      throwIfCancelled(options.signal);
      options.onProgress?.({ stage: 'calibrate', done, total: layers.length });
      const found = await sampleRows({ ...common, model: masked, layers: round, withInputs: true });
      for (const layer of round) {
        const [target, own] = [wanted.get(layer.index), found.get(layer.index)];
        if (target && own && fit(input, layer, own, target)) fitted.push(layer.node.name);
      }
      done += round.length;
    }
  }
  return fitted;
}

/** A layer of the masked model that can be fitted. */
interface Layer extends RowLayer {
  readonly weight: TensorProto;
  /** The tensor that is fitted: the sum that the output goes into, or the output itself. */
  readonly target: string;
}

function layersOf({ masked, types }: CorrectionInput): Layer[] {
  const index = indexGraph(masked);
  return mainGraph(masked).node.flatMap((node, at): Layer[] => {
    if (!isStandard(node) || !isOperator(node, 'Conv', 'Gemm', 'MatMul')) return [];
    const [input = '', name = ''] = node.input;
    const [output = ''] = node.output;
    const weight = floatConstant(index, name);
    if (!weight || index.initializers.has(input) || index.consumers.get(name)?.length !== 1) return [];
    const dims = dimsOf(weight);
    const shape = layerShape(node, dims);
    if (!shape || shape.depth ** 3 / 6 > MAX_SOLVE_MACS) return [];
    const channels = shape.groups * shape.outputs;
    const most = Math.floor(MAX_HELD_VALUES / Math.max(shape.groups * shape.depth, channels));
    const target = residualSum(index, types, output)?.output[0] ?? output;
    const axis = node.opType === 'Conv' ? 1 : -1;
    return [{ index: at, node, weight, dims, shape, target, axis, rows: Math.min(MAX_ROWS, most) }];
  });
}

/** As many parts as wanted, and more where two layers of one part would make up for the same loss. */
function roundsOf(layers: readonly Layer[], count: number): Layer[][] {
  const size = Math.ceil(layers.length / count);
  const rounds: Layer[][] = [];
  for (const layer of layers) {
    const last = rounds.at(-1);
    if (last && last.length < size && !last.some(({ target }) => target === layer.target)) last.push(layer);
    else rounds.push([layer]);
  }
  return rounds;
}

/** Changes the weights of a layer by what brings its target closest to the wanted one; false where nothing is to be done. */
function fit({ masked, types }: CorrectionInput, layer: Layer, found: SampledRows, wanted: SampledRows): boolean {
  const { node, weight, dims, shape } = layer;
  const channels = shape.groups * shape.outputs;
  const rows = Math.min(found.count, wanted.count);
  const missing = wanted.targets.subarray(0, rows * channels).map((value, i) => value - (found.targets[i] as number));
  if (!missing.some((value) => value !== 0) || !missing.every(Number.isFinite)) return false;
  const values = readFloats(masked, weight);
  const shift = new Float64Array(channels);
  const alpha = node.opType === 'Gemm' ? floatAttribute(node, 'alpha', 1) : 1;
  for (let group = 0; group < shape.groups; group++) {
    const supports = supportsOf(values, shape, group);
    const equations = normalEquations({ shape, group, found, missing, rows, supports });
    for (const support of supports) {
      const change = solveSupport(equations, support);
      support.outputs.forEach((output, column) => {
        shift[output] = change.shift[column] ?? 0;
        support.inputs.forEach((input, i) => {
          const at = shape.weightAt(output, input);
          values[at] = (values[at] as number) + (change.weights[i * support.outputs.length + column] as number) / alpha;
        });
      });
    }
  }
  const context: FoldContext = {
    model: masked,
    index: indexGraph(masked),
    name: createNamer(masked),
    rank: (tensor) => types.get(tensor ?? '')?.dims.length,
  };
  // Where the mean cannot be made up for, neither are the weights.
  if (!addToBias(context, node, shift)) return false;
  storeFloats(context, node, 1, weight, dims, values);
  return true;
}

/** Outputs, counted over all groups, that read the same inputs of their group: those whose weights are not zero. */
interface Support {
  readonly inputs: readonly number[];
  readonly outputs: number[];
}

function supportsOf(values: Float32Array, { outputs, depth, weightAt }: LayerShape, group: number): Support[] {
  const supports = new Map<string, Support>();
  for (let output = group * outputs; output < (group + 1) * outputs; output++) {
    const inputs: number[] = [];
    for (let input = 0; input < depth; input++) if (values[weightAt(output, input)] !== 0) inputs.push(input);
    if (inputs.length === 0) continue;
    const key = inputs.join();
    const same = supports.get(key);
    if (same) same.outputs.push(output);
    else supports.set(key, { inputs, outputs: [output] });
  }
  return [...supports.values()];
}

/** Covariances of the inputs that any output of a group reads, and of them with what is missing; all sums over rows. */
interface Equations {
  /** Position in the matrices by input of the group. */
  readonly positionOf: ReadonlyMap<number, number>;
  readonly size: number;
  readonly gram: Float64Array;
  readonly channels: number;
  /** size x channels. */
  readonly cross: Float64Array;
  readonly inputMeans: Float64Array;
  readonly missingMeans: Float64Array;
}

function normalEquations(details: {
  readonly shape: LayerShape;
  readonly group: number;
  readonly found: SampledRows;
  readonly missing: Float32Array;
  readonly rows: number;
  readonly supports: readonly Support[];
}): Equations {
  const { shape, group, found, missing, rows, supports } = details;
  const used = [...new Set(supports.flatMap(({ inputs }) => inputs))].sort((a, b) => a - b);
  const [size, width] = [used.length, shape.groups * shape.depth];
  const channels = shape.groups * shape.outputs;
  const gram = new Float64Array(size * size);
  const cross = new Float64Array(size * channels);
  const inputMeans = new Float64Array(size);
  const missingMeans = new Float64Array(channels);
  const [from, to] = [group * shape.outputs, (group + 1) * shape.outputs];
  const x = new Float64Array(size);
  // Indexes below are all within the arrays.
  for (let row = 0; row < rows; row++) {
    const start = row * width + group * shape.depth;
    for (let i = 0; i < size; i++) x[i] = found.inputs[start + (used[i] as number)] as number;
    for (let i = 0; i < size; i++) {
      const xi = x[i] as number;
      // Behind a Relu about half of them.
      if (xi === 0) continue;
      inputMeans[i] = (inputMeans[i] as number) + xi / rows;
      for (let j = 0; j <= i; j++) gram[i * size + j] = (gram[i * size + j] as number) + xi * (x[j] as number);
      for (let c = from; c < to; c++)
        cross[i * channels + c] = (cross[i * channels + c] as number) + xi * (missing[row * channels + c] as number);
    }
    for (let c = from; c < to; c++)
      missingMeans[c] = (missingMeans[c] as number) + (missing[row * channels + c] as number) / rows;
  }
  for (let i = 0; i < size; i++) {
    const mean = inputMeans[i] as number;
    for (let j = 0; j <= i; j++) {
      gram[i * size + j] = (gram[i * size + j] as number) - rows * mean * (inputMeans[j] as number);
      gram[j * size + i] = gram[i * size + j] as number;
    }
    for (let c = from; c < to; c++)
      cross[i * channels + c] = (cross[i * channels + c] as number) - rows * mean * (missingMeans[c] as number);
  }
  const positionOf = new Map(used.map((input, i) => [input, i]));
  return { positionOf, size, gram, channels, cross, inputMeans, missingMeans };
}

/** What to add to the weights of a support, inputs x outputs, and to the biases of its outputs. */
function solveSupport(
  { positionOf, size, gram, channels, cross, inputMeans, missingMeans }: Equations,
  { inputs, outputs }: Support,
): { readonly weights: Float64Array; readonly shift: Float64Array } {
  const [count, columns] = [inputs.length, outputs.length];
  const at = inputs.map((input) => positionOf.get(input) as number); // every input of a support has one
  const a = new Float64Array(count * count);
  const weights = new Float64Array(count * columns);
  let trace = 0;
  at.forEach((from, i) => {
    trace += gram[from * size + from] as number;
    at.forEach((other, j) => (a[i * count + j] = gram[from * size + other] as number));
    outputs.forEach((output, column) => (weights[i * columns + column] = cross[from * channels + output] as number));
  });
  const ridge = (RIDGE * trace) / count;
  // Inputs that never change tell nothing of their weights.
  if (!(trace > 0) || !solveRidge(a, weights, { size: count, columns, ridge })) weights.fill(0);
  const shift = Float64Array.from(outputs, (output, column) => {
    const moved = at.reduce(
      (sum, from, i) => sum + (inputMeans[from] as number) * (weights[i * columns + column] as number),
      0,
    );
    return (missingMeans[output] as number) - moved;
  });
  return { weights, shift };
}
