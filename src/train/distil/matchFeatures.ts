import { indexGraph } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import type { TensorInfo } from '../../onnx/tensorValue';
import type { FeatureLoss } from '../../protocol';
import { PressError } from '../../util/pressError';
import { hasSamePlaces, type FeaturePair } from '../losses/features';
import type { LossTensor } from '../losses/pieces';
import { TEACHER_PREFIX } from '../step/joinTeacher';

/** What ends a block: sums of branches, activations, and layers that have none. */
const FEATURE_OPERATORS = new Set([
  'Relu',
  'Add',
  'Conv',
  'Clip',
  'LeakyRelu',
  'HardSwish',
  'Mul',
  'MatMul',
  'Gemm',
  'LayerNormalization',
  'Concat',
]);
/** Sequences have one resolution; so many of their blocks are compared. */
const MAX_SEQUENCE_PAIRS = 4;

/**
 * Tensors of a student and its teacher, already joined, that belong together. Images: the last tensor at each
 * resolution that both have, the first resolution (that of the input) included, without the answers. Sequences: blocks
 * at the same share of the depth. `pairs` are taken as they are. Throws `bad-option` when a name or a shape does not fit,
 * or when nothing matches.
 */
export function matchFeatures(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  features: FeatureLoss,
  pairs?: readonly (readonly [string, string])[],
): FeaturePair[] {
  const found = pairs ? pairs.map((pair) => givenPair(types, pair)) : automaticPairs(model, types);
  const needsPlaces = features === 'attention' || features === 'hint';
  const misfit = needsPlaces ? found.find((pair) => !hasSamePlaces(pair)) : undefined;
  if (pairs && misfit) {
    throw new PressError(
      'bad-option',
      `"${misfit.student.name}" is [${misfit.student.dims.join(', ')}] and its teacher's tensor [${misfit.teacher.dims.join(', ')}]; ${features} compares places, so that these must be equal behind the channels. Pair other layers, or choose similarity.`,
      { tensor: misfit.student.name },
    );
  }
  const fitting = needsPlaces ? found.filter(hasSamePlaces) : found;
  if (fitting.length > 0) return fitting;
  throw new PressError(
    'bad-option',
    `No layers of student and teacher match by shape and position for ${features}. Name pairs of tensors, or learn from the answers alone.`,
    { features },
  );
}

function givenPair(types: ReadonlyMap<string, TensorInfo>, [student, teacher]: readonly [string, string]): FeaturePair {
  const find = (name: string, whose: string): LossTensor => {
    const tensor = lossTensor(types.get(name));
    if (tensor) return tensor;
    throw new PressError('bad-option', `The ${whose} has no float tensor "${name.replace(TEACHER_PREFIX, '')}".`, {
      tensor: name,
    });
  };
  return { student: find(student, 'student'), teacher: find(TEACHER_PREFIX + teacher, 'teacher') };
}

function automaticPairs(model: Model, types: ReadonlyMap<string, TensorInfo>): FeaturePair[] {
  const { outputs, consumers } = indexGraph(model);
  const tensors = mainGraph(model).node.flatMap((node): LossTensor[] => {
    const name = node.output[0] ?? '';
    // Only what goes on: dead ends are answers.
    if (!FEATURE_OPERATORS.has(node.opType) || outputs.has(name) || !consumers.has(name)) return [];
    const tensor = lossTensor(types.get(name));
    return tensor && tensor.dims.length >= 3 ? [tensor] : [];
  });
  const isTeacher = ({ name }: LossTensor): boolean => name.startsWith(TEACHER_PREFIX);
  const [student, teacher] = [tensors.filter((tensor) => !isTeacher(tensor)), tensors.filter(isTeacher)];
  const byPlaces = pairsByPlaces(student, teacher);
  return byPlaces.length > 0 ? byPlaces : pairsByDepth(student, teacher);
}

function pairsByPlaces(student: readonly LossTensor[], teacher: readonly LossTensor[]): FeaturePair[] {
  const lastByPlaces = (tensors: readonly LossTensor[]): Map<string, LossTensor> =>
    new Map(tensors.filter(({ dims }) => dims.length === 4).map((tensor) => [tensor.dims.slice(2).join(), tensor]));
  const others = lastByPlaces(teacher);
  return [...lastByPlaces(student)].flatMap(([places, tensor]) => {
    const other = others.get(places);
    // A single place is the pooled answer.
    return other && places !== '1,1' ? [{ student: tensor, teacher: other }] : [];
  });
}

function pairsByDepth(student: readonly LossTensor[], teacher: readonly LossTensor[]): FeaturePair[] {
  const [own, other] = [student, teacher].map((tensors) => tensors.filter(({ dims }) => dims.length === 3)) as [
    LossTensor[],
    LossTensor[],
  ];
  const count = Math.min(MAX_SEQUENCE_PAIRS, own.length, other.length);
  const at = (tensors: readonly LossTensor[], i: number): LossTensor | undefined =>
    tensors[Math.ceil(((i + 1) * tensors.length) / count) - 1];
  return Array.from({ length: count }, (_, i) => [at(own, i), at(other, i)]).flatMap(([a, b]) =>
    a && b ? [{ student: a, teacher: b }] : [],
  );
}

function lossTensor(info: TensorInfo | undefined): LossTensor | undefined {
  if (info?.type !== 'float32') return undefined;
  const dims = info.dims.filter((dim) => typeof dim === 'number');
  return dims.length === info.dims.length ? { name: info.name, dims } : undefined;
}
