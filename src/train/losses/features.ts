import type { GraphWriter } from '../graph/graphWriter';
import { meanSquare, rowsOf, sizeOf, sumOver, unitRows, type LossTensor } from './pieces';

/** A tensor of the student and the one of the teacher that it shall resemble. */
export interface FeaturePair {
  readonly student: LossTensor;
  readonly teacher: LossTensor;
}

/**
 * Where the two look: the mean squared difference of their attention maps, which are the sums of squares over all
 * channels, of unit length a sample (Zagoruyko and Komodakis, 2017). Both [batch, channels, ...places] with the same
 * places. A scalar.
 */
export function attentionLoss(writer: GraphWriter, { student, teacher }: FeaturePair): string {
  const map = ({ name, dims }: LossTensor): LossTensor => {
    const [count = 1, , ...places] = dims;
    const squares = sumOver(writer, writer.op('Mul', [name, name]), [1]);
    return unitRows(writer, rowsOf(writer, { name: squares, dims: [count, ...places] }));
  };
  return meanSquare(writer, map(student), map(teacher));
}

/**
 * Which samples are alike: the mean squared difference of the batch's similarity matrices, whose rows have unit length
 * (Tung and Mori, 2019). Of any shapes. A scalar.
 */
export function similarityLoss(writer: GraphWriter, { student, teacher }: FeaturePair): string {
  const similarities = (feature: LossTensor): LossTensor => {
    const { name, dims } = rowsOf(writer, feature);
    const products = writer.op('MatMul', [name, writer.op('Transpose', [name], { perm: [1, 0] })]);
    return unitRows(writer, { name: products, dims: [dims[0] ?? 1, dims[0] ?? 1] });
  };
  return meanSquare(writer, similarities(student), similarities(teacher));
}

/** Shape of the projection that brings a student's feature to the teacher's channels: that of a 1x1 convolution. */
export function hintProjectionDims({ student, teacher }: FeaturePair): readonly number[] {
  const [from, to] = [student.dims[1] ?? 1, teacher.dims[1] ?? 1];
  return [to, from, ...student.dims.slice(2).map(() => 1)];
}

/**
 * What the teacher sees: the mean squared difference of the teacher's feature and the student's behind a learned
 * projection of its channels, `projection`, which is no part of the student (FitNets; Romero et al., 2015).
 * Both [batch, channels, ...places] with the same places. A scalar.
 */
export function hintLoss(writer: GraphWriter, { student, teacher }: FeaturePair, projection: string): string {
  const { op } = writer;
  const projected =
    student.dims.length > 2
      ? op('Conv', [student.name, projection])
      : op('MatMul', [student.name, op('Transpose', [projection], { perm: [1, 0] })]);
  return meanSquare(writer, { name: projected, dims: teacher.dims }, teacher);
}

/** True when two features can be compared place by place. */
export function hasSamePlaces({ student, teacher }: FeaturePair): boolean {
  const [a, b] = [student.dims.slice(2), teacher.dims.slice(2)];
  return student.dims.length === teacher.dims.length && sizeOf(a) === sizeOf(b) && a.every((dim, i) => dim === b[i]);
}
