import type { TensorInfo, TensorMap, TensorValue } from '../onnx/tensorValue';
import { isFloatType, plainNumbers } from './numbers';
import { probabilities } from './probabilities';

/** Class scores of a batch, one row a sample. */
export interface ClassScores {
  readonly rowCount: number;
  readonly classCount: number;
  /** The class with the highest score; of equal ones the lowest index. -1 when the row holds no number. */
  topClass(row: number): number;
  /** True when fewer than `k` classes rank above `label`; of equal scores the lowest index ranks first. */
  isInTop(row: number, label: number, k: number): boolean;
  /** The `k` most likely classes with their probabilities; of equal ones the lowest index first. */
  ranked(row: number, k: number): { readonly label: number; readonly probability: number }[];
}

/** Words in the names that exporters give to class scores. */
const SCORE_NAMES = /logit|prob|softmax|class|score|pred/i;

/**
 * Chooses the output that holds class scores: floating point, [batch, classes] or [batch, classes, 1, 1] with at
 * least 2 classes. Among several, the one that is named like scores, else the first. An output shaped like an input
 * is taken for a reconstruction, unless the samples have labels and nothing else is there.
 */
export function findClassOutput(
  outputs: readonly TensorInfo[],
  inputs: readonly TensorInfo[],
  options: { readonly labelled: boolean },
): TensorInfo | undefined {
  const candidates = outputs.filter(isClassLike);
  const isReconstruction = (output: TensorInfo): boolean =>
    inputs.some((input) => JSON.stringify(input.dims.slice(1)) === JSON.stringify(output.dims.slice(1)));
  const likely = candidates.filter((output) => !isReconstruction(output));
  const choice = likely.length === 0 && options.labelled ? candidates : likely;
  return choice.find((output) => SCORE_NAMES.test(output.name)) ?? choice[0];
}

/** Class scores of a concrete output; undefined when its shape at run time is not one of scores. */
export function classScores(value: TensorValue): ClassScores | undefined {
  const shape = scoreShape(value.dims);
  const numbers = isFloatType(value.type) ? plainNumbers(value) : undefined;
  if (!shape || !numbers || numbers.length !== shape.rowCount * shape.classCount) return undefined;
  const { rowCount, classCount } = shape;

  const topClass = (row: number): number => {
    let best = -1;
    let bestScore = -Infinity;
    for (let i = 0; i < classCount; i++) {
      const score = numbers[row * classCount + i] ?? NaN;
      if (score > bestScore || (best < 0 && score === -Infinity)) {
        best = i;
        bestScore = score;
      }
    }
    return best;
  };

  const isInTop = (row: number, label: number, k: number): boolean => {
    const own = label < classCount ? (numbers[row * classCount + label] ?? NaN) : NaN;
    if (Number.isNaN(own)) return false;
    let above = 0;
    for (let i = 0; i < classCount && above < k; i++) {
      const score = numbers[row * classCount + i] ?? NaN;
      if (score > own || (score === own && i < label)) above++;
    }
    return above < k;
  };

  const ranked: ClassScores['ranked'] = (row, k) => {
    const shares = probabilities(numbers, row * classCount, classCount);
    const labels = Array.from(shares.keys()).filter((label) => !Number.isNaN(shares[label]));
    labels.sort((a, b) => (shares[b] as number) - (shares[a] as number) || a - b); // within its length
    return labels.slice(0, k).map((label) => ({ label, probability: shares[label] as number })); // within its length
  };
  return { rowCount, classCount, topClass, isInTop, ranked };
}

/** Class scores of the named output among `outputs`. */
export function scoresOf(outputs: TensorMap, name: string | undefined): ClassScores | undefined {
  const value = name === undefined ? undefined : outputs[name];
  return value && classScores(value);
}

function isClassLike({ type, dims }: TensorInfo): boolean {
  if (!isFloatType(type) || (dims.length !== 2 && dims.length !== 4)) return false;
  // A named or unknown dimension may be anything; what it is shows at run time.
  const mayBe = (dim: number | string | null | undefined, fits: (size: number) => boolean): boolean =>
    typeof dim === 'number' ? fits(dim) : dim !== undefined;
  if (!mayBe(dims[1], (size) => size >= 2)) return false;
  return dims.slice(2).every((dim) => dim === 1);
}

function scoreShape(dims: readonly number[]): { rowCount: number; classCount: number } | undefined {
  const [rowCount, classCount, ...rest] = dims;
  if (rowCount === undefined || classCount === undefined || classCount < 2) return undefined;
  if ((rest.length !== 0 && rest.length !== 2) || rest.some((dim) => dim !== 1)) return undefined;
  return { rowCount, classCount };
}
