import { floatAttribute, intAttribute } from '../../../onnx/attributes';
import { gemm, input, matmul, reshape, scale, sizeOf, sumToShape, transposeMatrix } from '../emitters';
import type { GradientContext, GradientRule } from '../types';

/** `alpha * op(A) * op(B) + beta * C`. */
export const gemmRule: GradientRule = (node, [gradient = ''], context) => {
  const [a, b, c] = [input(node, 0), input(node, 1), input(node, 2)];
  const isLeftTransposed = intAttribute(node, 'transA', 0) !== 0;
  const isRightTransposed = intAttribute(node, 'transB', 0) !== 0;
  const scaled = scale(context, gradient, floatAttribute(node, 'alpha', 1));
  const result: (string | undefined)[] = [];
  if (context.wanted(a)) {
    result[0] = isLeftTransposed
      ? gemm(context, b, scaled, { transA: isRightTransposed ? 1 : 0, transB: 1 })
      : gemm(context, scaled, b, { transB: isRightTransposed ? 0 : 1 });
  }
  if (context.wanted(b)) {
    result[1] = isRightTransposed
      ? gemm(context, scaled, a, { transA: 1, transB: isLeftTransposed ? 1 : 0 })
      : gemm(context, a, scaled, { transA: isLeftTransposed ? 0 : 1 });
  }
  if (context.wanted(c)) {
    result[2] = scale(context, sumToShape(context, gradient, context.shape(c)), floatAttribute(node, 'beta', 1));
  }
  return result;
};

/** Operands of one axis count as a row on the left and a column on the right. */
export const matmulRule: GradientRule = (node, [gradient = ''], context) => {
  const [a, b] = [input(node, 0), input(node, 1)];
  const left = asMatrix(context.shape(a), true);
  const right = asMatrix(context.shape(b), false);
  const arriving = context.shape(gradient);
  const batch = arriving.slice(0, arriving.length - Number(!left.isVector) - Number(!right.isVector));
  const full = reshape(context, gradient, [...batch, left.shape.at(-2) ?? 1, right.shape.at(-1) ?? 1]);
  const result: (string | undefined)[] = [];
  if (context.wanted(a)) {
    const product = timesTransposed(full, reshape(context, b, right.shape), context);
    result[0] = reshape(context, sumToShape(context, product, left.shape), context.shape(a));
  }
  if (context.wanted(b)) {
    const product = transposedTimes(reshape(context, a, left.shape), full, right.shape.length, context);
    result[1] = reshape(context, sumToShape(context, product, right.shape), context.shape(b));
  }
  return result;
};

function asMatrix(shape: readonly number[], isLeft: boolean): { shape: readonly number[]; isVector: boolean } {
  const [length = 1] = shape;
  if (shape.length > 1) return { shape, isVector: false };
  return { shape: isLeft ? [1, length] : [length, 1], isVector: true };
}

function timesTransposed(gradient: string, b: string, context: GradientContext): string {
  const isPlain = context.shape(gradient).length === 2 && context.shape(b).length === 2;
  return isPlain ? gemm(context, gradient, b, { transB: 1 }) : matmul(context, gradient, transposeMatrix(context, b));
}

/** A weight of two axes meets the whole batch at once, as one tall matrix. */
function transposedTimes(a: string, gradient: string, rank: number, context: GradientContext): string {
  if (rank > 2) return matmul(context, transposeMatrix(context, a), gradient);
  const tall = (name: string): string => {
    const shape = context.shape(name);
    const columns = shape.at(-1) ?? 1;
    return reshape(context, name, [sizeOf(shape) / columns, columns]);
  };
  return gemm(context, tall(a), tall(gradient), { transA: 1 });
}
