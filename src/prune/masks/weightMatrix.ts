import { intAttribute } from '../../onnx/attributes';
import type { Exclusion } from '../../onnx/exclude';
import { indexGraph, isStandard } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../../onnx/onnx_pb';
import { dimsOf } from '../../onnx/tensor';
import type { LayerKept } from '../../protocol';

/**
 * A weight seen as a matrix whose rows are outputs and whose columns are what is summed over: [O, I * kernel] of a Conv,
 * [N, K] of a Gemm or MatMul however it is stored, [M/group * kernel, C] of a ConvTranspose.
 */
export interface WeightMatrix {
  /** The first node that reads it. */
  readonly node: NodeProto;
  readonly tensor: TensorProto;
  readonly rows: number;
  readonly columns: number;
  /** Steps in the flat tensor from one row, and from one column, to the next. */
  readonly rowStep: number;
  readonly columnStep: number;
}

/** The weights that masks can act on. */
export interface WeightMatrices {
  readonly matrices: readonly WeightMatrix[];
  readonly kept: readonly LayerKept[];
}

const OPERATORS = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'];

/** The float32 weights of Conv, ConvTranspose, Gemm and MatMul in graph order, each once, and why others are kept. */
export function weightMatrices(model: Model, exclusion: Exclusion): WeightMatrices {
  const index = indexGraph(model);
  const matrices = new Map<string, WeightMatrix>();
  const kept: LayerKept[] = [];
  for (const node of mainGraph(model).node) {
    if (!isStandard(node) || !OPERATORS.includes(node.opType)) continue;
    const keep = (reason: string): unknown => kept.push({ node: node.name, opType: node.opType, reason });
    const name = node.input[1] ?? '';
    const tensor = index.inputs.has(name) ? undefined : index.initializers.get(name);
    const pattern = exclusion.match(node);
    if (pattern !== undefined) keep(`Protected by ${pattern}.`);
    else if (!tensor) keep(whyNoWeight(index.inputs.has(name) && index.initializers.has(name)));
    else if (tensor.dataType !== Type.FLOAT) keep('Its weight is not float32.');
    else if (index.outputs.has(name) || index.captured.has(name)) keep('Its weight is read elsewhere too.');
    else {
      const shape = matrixShape(node, dimsOf(tensor));
      if (typeof shape === 'string') keep(shape);
      else if (!matrices.has(name)) matrices.set(name, { node, tensor, ...shape });
    }
  }
  // Where one of several readers is protected, so is the weight.
  const protectedNodes = new Set(kept.map(({ node }) => node));
  for (const node of mainGraph(model).node)
    if (protectedNodes.has(node.name)) for (const name of node.input) matrices.delete(name);
  return { matrices: [...matrices.values()], kept };
}

/** The flat index of an element. */
export function flatIndex({ rowStep, columnStep }: WeightMatrix, row: number, column: number): number {
  return row * rowStep + column * columnStep;
}

function whyNoWeight(isOverridable: boolean): string {
  return isOverridable
    ? 'Its weight is also a graph input, so that a caller may replace it.'
    : 'Its second operand is computed at run time; it has no weight.';
}

function matrixShape(
  node: NodeProto,
  dims: readonly number[],
): Pick<WeightMatrix, 'rows' | 'columns' | 'rowStep' | 'columnStep'> | string {
  const [first = 0, second = 0] = dims;
  const rest = dims.slice(1).reduce((product, dim) => product * dim, 1);
  if (first * rest === 0) return 'Its weight is empty.';
  if (node.opType === 'Conv') return { rows: first, columns: rest, rowStep: rest, columnStep: 1 };
  if (node.opType === 'ConvTranspose') return { rows: rest, columns: first, rowStep: 1, columnStep: rest };
  if (dims.length !== 2) return `Its weight has ${dims.length} dimensions; only matrices are pruned.`;
  const isTransposed = node.opType === 'Gemm' && intAttribute(node, 'transB', 0) === 1;
  return isTransposed
    ? { rows: first, columns: second, rowStep: second, columnStep: 1 }
    : { rows: second, columns: first, rowStep: 1, columnStep: second };
}
