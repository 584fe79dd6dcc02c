import { floatAttribute, intAttribute, intsAttribute, makeNode } from '../../onnx/attributes';
import { createExclusion } from '../../onnx/exclude';
import { createNamer, indexGraph } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import type { NodeProto, TensorProto } from '../../onnx/onnx_pb';
import { addInitializer, dropUnused } from '../../onnx/rewrites/editGraph';
import { addFloatTensor, dimsOf, readFloats } from '../../onnx/tensor';
import type { LayerKept, LowRankLayer, NodeMapping, PruneSettings } from '../../protocol';
import type { ProgressCallback } from '../../util/progress';
import { throwIfCancelled } from '../../util/pressError';
import { weightMatrices, type WeightMatrix } from '../masks/weightMatrix';
import { singularValues, transpose } from './singularValues';

/** The share of the ranks that save work which is removed when nothing is said. */
export const DEFAULT_RANK_AMOUNT = 0.5;
/** Two layers cost a second call and a tensor between them; less saving than this is none. */
const LARGEST_COST = 0.8;
/** Jacobi rotations of larger matrices take minutes. */
const MAX_SIDE = 4096;

/** What factorisation did to a model. */
export interface LowRankOutcome {
  readonly layers: readonly LowRankLayer[];
  readonly kept: readonly LayerKept[];
  readonly mapping: readonly NodeMapping[];
}

/** How factorisation runs. */
export interface LowRankContext {
  readonly seed: number;
  readonly onProgress?: ProgressCallback;
  readonly signal?: AbortSignal;
  /** Whether two layers of this rank are really faster than the one; all are taken when absent. */
  readonly isFaster?: (node: NodeProto, matrix: WeightMatrix, rank: number) => Promise<boolean>;
}

/**
 * Replaces weights of Gemm, MatMul and 1x1 Conv layers by the product of two smaller ones, in place: the singular value
 * decomposition cut off at a rank (Denton et al., Exploiting Linear Structure Within Convolutional Networks for Efficient
 * Evaluation, 2014). The rank is that which keeps `energy`, or what `amount` leaves of the largest rank that saves work,
 * K * N / (K + N). Layers that it would not make cheaper stay, with the reason.
 */
export async function factoriseWeights(
  model: Model,
  settings: PruneSettings,
  context: LowRankContext,
): Promise<LowRankOutcome> {
  const { matrices, kept } = weightMatrices(model, createExclusion(settings.protect));
  const readers = indexGraph(model).consumers;
  const name = createNamer(model);
  const layers: LowRankLayer[] = [];
  const mapping: NodeMapping[] = [];
  const left = [...kept];
  for (const [done, matrix] of matrices.entries()) {
    throwIfCancelled(context.signal);
    context.onProgress?.({ stage: 'factorise', done, total: matrices.length });
    const { node } = matrix;
    const keep = (reason: string): unknown => left.push({ node: node.name, opType: node.opType, reason });
    const reason = obstacle(matrix, readers.get(matrix.tensor.name)?.length ?? 0);
    if (reason !== undefined) {
      keep(reason);
      continue;
    }
    const cut = cutOff(readFloats(model, matrix.tensor), matrix, settings, context.seed);
    if (!cut) keep('The rank that it needs saves no work.');
    else if ((await context.isFaster?.(node, matrix, cut.rank)) === false) keep('Two layers are no faster here.');
    else {
      const targets = replaceLayer(model, matrix, cut, name);
      mapping.push({ source: node.name, targets });
      layers.push({ node: node.name, rows: matrix.rows, columns: matrix.columns, rank: cut.rank, energy: cut.energy });
    }
  }
  dropUnused(model);
  return { layers, kept: left, mapping };
}

/** The two factors of a weight: [rows, rank] and [rank, columns]. */
interface Cut {
  readonly rank: number;
  readonly energy: number;
  readonly left: Float64Array;
  readonly right: Float64Array;
}

function obstacle({ node, rows, columns, tensor }: WeightMatrix, readers: number): string | undefined {
  if (readers > 1) return 'Several layers share its weight.';
  if (node.opType === 'ConvTranspose') return 'Only Gemm, MatMul and 1x1 convolutions are factorised.';
  if (node.opType === 'Conv') {
    if (
      dimsOf(tensor)
        .slice(2)
        .some((size) => size !== 1)
    )
      return 'Only convolutions of 1x1 are factorised.';
    if (intAttribute(node, 'group', 1) !== 1) return 'It is a grouped convolution.';
    if ((intsAttribute(node, 'pads') ?? []).some((pad) => pad !== 0)) return 'It pads its input.';
  }
  if (node.opType === 'Gemm' && (intAttribute(node, 'transA', 0) === 1 || floatAttribute(node, 'alpha', 1) !== 1))
    return 'It transposes or scales its input.';
  if (Math.min(rows, columns) > MAX_SIDE) return `Its ${rows} x ${columns} weights are too many to factorise.`;
  return largestRank(rows, columns) < 1 ? 'Its weight is too small to save anything.' : undefined;
}

function largestRank(rows: number, columns: number): number {
  return Math.floor((LARGEST_COST * rows * columns) / (rows + columns));
}

function cutOff(
  values: Float32Array,
  matrix: WeightMatrix,
  { amount, energy, layers }: PruneSettings,
  seed: number,
): Cut | undefined {
  const { rows, columns, rowStep, columnStep } = matrix;
  const dense = new Float64Array(rows * columns);
  let total = 0;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const value = values[r * rowStep + c * columnStep] ?? 0;
      dense[r * columns + c] = value;
      total += value * value;
    }
  const most = largestRank(rows, columns);
  const share = layers?.[matrix.node.name] ?? amount ?? DEFAULT_RANK_AMOUNT;
  const wanted =
    energy === undefined ? Math.max(1, Math.round((1 - share) * ((rows * columns) / (rows + columns)))) : most;
  if (wanted > most || total === 0) return undefined;
  const { left, right, values: singular } = singularValues(dense, rows, columns, wanted, seed);
  let rank = singular.length;
  const kept = cumulative(singular);
  if (energy !== undefined) {
    const enough = kept.findIndex((sum) => sum >= energy * total);
    if (enough < 0) return undefined;
    rank = enough + 1;
  }
  return {
    rank,
    energy: Math.min(1, (kept[rank - 1] ?? 0) / total),
    left: firstColumns(left, rows, singular.length, rank),
    right: right.slice(0, rank * columns),
  };
}

function cumulative(values: Float64Array): number[] {
  let sum = 0;
  return Array.from(values, (value) => (sum += value * value));
}

function firstColumns(matrix: Float64Array, rows: number, columns: number, count: number): Float64Array {
  return Float64Array.from(
    { length: rows * count },
    (_, i) => matrix[Math.floor(i / count) * columns + (i % count)] ?? 0,
  );
}

/** Puts two nodes in the place of one; the second keeps its name, bias and output. Returns the names of both. */
function replaceLayer(model: Model, matrix: WeightMatrix, cut: Cut, name: (wanted: string) => string): string[] {
  const { node, rows, columns, tensor } = matrix;
  const { rank } = cut;
  const [input = '', , bias = ''] = node.input;
  const between = name(`${node.output[0] ?? ''}_low_rank`);
  const store = (values: Float64Array, dims: readonly number[], suffix: string): string =>
    addInitializer(model, addFloatTensor(model, name(`${tensor.name}_${suffix}`), dims, values));
  const rowsFirst = isRowsFirst(node, tensor);
  const kernel = dimsOf(tensor).slice(2);
  const first = store(
    rowsFirst ? cut.right : transpose(cut.right, rank, columns),
    rowsFirst ? [rank, columns, ...kernel] : [columns, rank],
    'right',
  );
  const second = store(
    rowsFirst ? cut.left : transpose(cut.left, rows, rank),
    rowsFirst ? [rows, rank, ...kernel] : [rank, rows],
    'left',
  );
  const added = makeNode(node.opType, name(`${node.name}_low_rank`), [input, first], [between]);
  // A stride belongs to the first layer, which then has fewer positions to compute.
  for (const attribute of node.attribute) if (keptByFirst(attribute.name)) added.attribute.push(attribute);
  node.attribute = node.attribute.filter(({ name: key }) => !['strides', 'auto_pad'].includes(key));
  node.input = bias === '' ? [between, second] : [between, second, bias];
  const graph = mainGraph(model);
  graph.node.splice(graph.node.indexOf(node), 0, added);
  return [added.name, node.name];
}

function isRowsFirst(node: NodeProto, tensor: TensorProto): boolean {
  return node.opType === 'Conv' || (tensor.dims.length === 2 && intAttribute(node, 'transB', 0) === 1);
}

function keptByFirst(attribute: string): boolean {
  return ['transB', 'strides', 'auto_pad', 'dilations', 'kernel_shape'].includes(attribute);
}
