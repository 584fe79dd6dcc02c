/**
 * Solves (A + ridge * I) X = B for a symmetric positive semidefinite A by Cholesky factorisation. `a` is `size` x `size`
 * and `b` is `size` x `columns`, both row-major; B is overwritten with X and returned. Undefined where A + ridge * I is
 * not positive definite to working precision. Takes size^3 / 6 multiply-accumulates.
 */
export function solveRidge(
  a: Float64Array,
  b: Float64Array,
  { size, columns, ridge }: { readonly size: number; readonly columns: number; readonly ridge: number },
): Float64Array | undefined {
  const lower = factorise(a, size, ridge);
  if (!lower) return undefined;
  // Indexes below are all within the matrices.
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) subtractRow(b, i, k, lower[i * size + k] as number, columns);
    scaleRow(b, i, 1 / (lower[i * size + i] as number), columns);
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) subtractRow(b, i, k, lower[k * size + i] as number, columns);
    scaleRow(b, i, 1 / (lower[i * size + i] as number), columns);
  }
  return b;
}

/** L of A + ridge * I = L Lᵀ, row by row. */
function factorise(a: Float64Array, size: number, ridge: number): Float64Array | undefined {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      let sum = (a[row + j] as number) + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= (lower[row + k] as number) * (lower[other + k] as number);
      if (i !== j) {
        lower[row + j] = sum / (lower[other + j] as number);
        continue;
      }
      if (!(sum > 0)) return undefined;
      lower[row + i] = Math.sqrt(sum);
    }
  }
  return lower;
}

function subtractRow(b: Float64Array, to: number, from: number, factor: number, columns: number): void {
  if (factor === 0) return;
  for (let c = 0; c < columns; c++) {
    const at = to * columns + c;
    b[at] = (b[at] as number) - factor * (b[from * columns + c] as number);
  }
}

function scaleRow(b: Float64Array, row: number, factor: number, columns: number): void {
  for (let c = 0; c < columns; c++) b[row * columns + c] = (b[row * columns + c] as number) * factor;
}
