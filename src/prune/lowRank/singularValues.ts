import { createRandom } from '../../util/random';

/** A = U diag(s) V^T, cut off at some rank: `left` [rows, rank] holds U diag(s), `right` [rank, columns] holds V^T. */
export interface Factorisation {
  readonly left: Float64Array;
  readonly right: Float64Array;
  /** Singular values in descending order. */
  readonly values: Float64Array;
}

/** Rotations stop when no two columns are nearer to parallel than this; float32 weights have 24 bits. */
const ORTHOGONAL = 1e-10;
const MAX_SWEEPS = 30;
/** Random directions beyond the rank, and power iterations, which make the error that of the exact factorisation. */
const OVERSAMPLING = 8;
const POWER_ITERATIONS = 3;

/**
 * The singular value decomposition of a row-major matrix up to `rank`, in float64. Whole where the rank is more than half
 * of the smaller side (one-sided Jacobi: Hestenes, Inversion of Matrices by Biorthogonalization, 1958), else of its
 * projection on a random range (Halko et al., Finding Structure with Randomness, 2011), seeded.
 */
export function singularValues(
  matrix: Float64Array,
  rows: number,
  columns: number,
  rank: number,
  seed = 0,
): Factorisation {
  const wanted = Math.min(rank, rows, columns);
  if (2 * (wanted + OVERSAMPLING) >= Math.min(rows, columns)) return jacobi(matrix, rows, columns, wanted);
  const width = wanted + OVERSAMPLING;
  const random = createRandom(seed);
  let basis = Float64Array.from({ length: columns * width }, () => random.normal());
  basis = multiply(matrix, basis, rows, columns, width);
  orthonormalise(basis, rows, width);
  const transposed = transpose(matrix, rows, columns);
  for (let i = 0; i < POWER_ITERATIONS; i++) {
    const other = multiply(transposed, basis, columns, rows, width);
    orthonormalise(other, columns, width);
    basis = multiply(matrix, other, rows, columns, width);
    orthonormalise(basis, rows, width);
  }
  const small = multiply(transpose(basis, rows, width), matrix, width, rows, columns);
  const inner = jacobi(small, width, columns, wanted);
  return { ...inner, left: multiply(basis, inner.left, rows, width, wanted) };
}

function jacobi(matrix: Float64Array, rows: number, columns: number, rank: number): Factorisation {
  if (rows > columns) {
    const { left, right, values } = jacobi(transpose(matrix, rows, columns), columns, rows, rank);
    // (U S V^T)^T = V S U^T: the singular values move to the other factor.
    const scaled = transpose(right, rank, rows).map((value, i) => value * (values[i % rank] ?? 0));
    const plain = transpose(left, columns, rank).map(
      (value, i) => value / ((values[Math.floor(i / columns)] ?? 0) || 1),
    );
    return { left: scaled, right: plain, values };
  }
  // The rows of A are made orthogonal by rotations Q: Q A = diag(s) V^T, so that A = Q^T diag(s) V^T.
  const work = matrix.slice();
  const rotation = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) rotation[i * rows + i] = 1;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) if (!sweepRows(work, rotation, rows, columns)) break;
  const norms = Float64Array.from({ length: rows }, (_, i) => Math.sqrt(dot(work, i, i, columns)));
  const order = [...norms.keys()].sort((a, b) => (norms[b] ?? 0) - (norms[a] ?? 0)).slice(0, rank);
  const values = Float64Array.from(order, (i) => norms[i] ?? 0);
  const left = new Float64Array(rows * rank);
  const right = new Float64Array(rank * columns);
  order.forEach((source, k) => {
    const norm = norms[source] ?? 0;
    for (let r = 0; r < rows; r++) left[r * rank + k] = (rotation[source * rows + r] ?? 0) * norm;
    for (let c = 0; c < columns; c++) right[k * columns + c] = norm > 0 ? (work[source * columns + c] ?? 0) / norm : 0;
  });
  return { left, right, values };
}

/** Rotates every pair of rows once; false when all were orthogonal already. */
function sweepRows(work: Float64Array, rotation: Float64Array, rows: number, columns: number): boolean {
  let isRotated = false;
  for (let p = 0; p < rows; p++) {
    for (let q = p + 1; q < rows; q++) {
      const [alpha, beta, gamma] = [dot(work, p, p, columns), dot(work, q, q, columns), dot(work, p, q, columns)];
      if (Math.abs(gamma) <= ORTHOGONAL * Math.sqrt(alpha * beta) || gamma === 0) continue;
      isRotated = true;
      const zeta = (beta - alpha) / (2 * gamma);
      const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
      const cosine = 1 / Math.sqrt(1 + t * t);
      rotate(work, p, q, columns, cosine, cosine * t);
      rotate(rotation, p, q, rows, cosine, cosine * t);
    }
  }
  return isRotated;
}

function rotate(data: Float64Array, p: number, q: number, length: number, cosine: number, sine: number): void {
  for (let i = 0, a = p * length, b = q * length; i < length; i++, a++, b++) {
    const [x, y] = [data[a] as number, data[b] as number]; // within their rows
    data[a] = cosine * x - sine * y;
    data[b] = sine * x + cosine * y;
  }
}

function dot(data: Float64Array, p: number, q: number, length: number): number {
  let sum = 0;
  for (let i = 0, a = p * length, b = q * length; i < length; i++, a++, b++)
    sum += (data[a] as number) * (data[b] as number); // within their rows
  return sum;
}

/** Modified Gram-Schmidt on the columns, twice, in place. */
function orthonormalise(data: Float64Array, rows: number, columns: number): void {
  const work = transpose(data, rows, columns);
  for (let pass = 0; pass < 2; pass++) {
    for (let c = 0; c < columns; c++) {
      for (let other = 0; other < c; other++) {
        const share = dot(work, c, other, rows);
        for (let i = 0; i < rows; i++)
          work[c * rows + i] = (work[c * rows + i] as number) - share * (work[other * rows + i] as number); // within
      }
      const norm = Math.sqrt(dot(work, c, c, rows)) || 1;
      for (let i = 0; i < rows; i++) work[c * rows + i] = (work[c * rows + i] as number) / norm; // within its row
    }
  }
  data.set(transpose(work, columns, rows));
}

/** [rows, inner] times [inner, columns], both row-major. */
export function multiply(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array<ArrayBuffer> {
  const product = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[r * inner + k] as number; // within its row
      if (factor === 0) continue;
      for (let c = 0, from = k * columns, to = r * columns; c < columns; c++, from++, to++)
        product[to] = (product[to] as number) + factor * (b[from] as number); // within their rows
    }
  }
  return product;
}

/** A row-major matrix with rows and columns exchanged. */
export function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) result[c * rows + r] = matrix[r * columns + c] as number; // within its row
  return result;
}
