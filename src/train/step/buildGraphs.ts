import { create } from '@bufbuild/protobuf';
import { cloneModel, mainGraph, type Model } from '../../onnx/model';
import { TensorProto_DataType as Type, ValueInfoProtoSchema } from '../../onnx/onnx_pb';
import type { TensorInfo } from '../../onnx/tensorValue';
import { dropUnused } from '../../onnx/rewrites/editGraph';
import { fixInputShapes, inferTensorTypes, tensorValueInfo } from '../../runtime/tensorTypes';
import { buildGradient } from '../gradient/buildGradient';
import { seedOf } from '../data/seed';
import { createGraphWriter } from '../graph/graphWriter';
import { hintProjectionDims } from '../losses/features';
import type { LossTensor } from '../losses/pieces';
import { trainBatchNorm, type RunningStatistic } from './batchNorm';
import { convolutionWeight } from './initialise';
import { joinTeacher, TEACHER_PREFIX } from './joinTeacher';
import { nothingToLearn, sampleMetrics, trainingLoss, type LossParts } from './lossGraph';
import { defaultLoss, findPrediction } from './prediction';
import { CORRECT, LOSS, SAMPLE_LOSS, TARGET, type StepGraph, type StepSpec, type TrainingGraphs } from './stepGraph';
import { trainableWeights, type TrainableWeight } from './trainableWeights';
import { addPart, initializersToInputs, layOut, readVector, type VectorPart } from './weightVector';

/**
 * Builds the two graphs of a training: one that computes the loss and the gradients of a shard, and one that measures
 * samples with the same weights. Neither changes the models that it is given.
 * Throws `no-gradient` unless `freeze`, `no-data` when there is nothing to learn from, `bad-input` for a teacher that
 * does not fit, `bad-option` for layers that do not pair, `unknown-shape` for a model whose sizes are not fixed.
 */
export async function buildGraphs(spec: StepSpec): Promise<TrainingGraphs> {
  const model = cloneModel(spec.student);
  const running = spec.batchNorm === 'train' ? trainBatchNorm(model) : [];
  const built = await withLosses(spec, model, true);
  const trained: TrainableWeight[] = [
    ...(spec.trainable ?? trainableWeights(spec.student)),
    ...built.projections.map((projection) => ({ ...projection, decays: true })),
  ];
  const types = await inferTensorTypes(model);
  const names = trained.map(({ name }) => name);
  const { gradients, frozen, independent } = buildGradient(model, types, {
    loss: LOSS,
    wrt: names,
    ...(spec.freeze === undefined ? {} : { freeze: spec.freeze }),
  });
  const reached = trained.filter(({ name }) => gradients.has(name));
  if (reached.length === 0) throw nothingToLearn();
  const own = new Set(built.projections.map(({ name }) => name));
  const weights = layOut(reached).map((part, i) => ({
    ...reached[i],
    ...part,
    decays: reached[i]?.decays ?? false,
    isExported: !own.has(part.name),
  }));
  const statistics = layOut(running);
  const start = { weights: readVector(model, weights), statistics: readVector(model, statistics) };
  const step = finish(model, weights, statistics, {
    gradients: weights.map(({ name }) => gradients.get(name) ?? ''),
    running,
    outputs: [LOSS, SAMPLE_LOSS, ...(built.hasClasses ? [CORRECT] : [])],
  });
  const other = cloneModel(spec.student);
  await withLosses(spec, other, false);
  const exported = weights.filter(({ isExported }) => isExported);
  const evaluation = finish(other, exported, statistics, {
    outputs: [SAMPLE_LOSS, ...(built.hasClasses ? [CORRECT] : [])],
  });
  return {
    step,
    evaluation,
    weights,
    statistics,
    start,
    loss: built.loss,
    ...(built.targetSize === undefined ? {} : { targetSize: built.targetSize }),
    hasClasses: built.hasClasses,
    frozen: [...frozen, ...independent],
  };
}

/** Fixes the batch of a model and appends teacher, losses and metrics, in place. */
async function withLosses(spec: StepSpec, model: Model, isStep: boolean) {
  const { shardSize, labelled, distillation = {} } = spec;
  const graph = mainGraph(model);
  const inputs = spec.inputs.map((info) => ({ ...info, dims: [shardSize, ...info.dims.slice(1)] }));
  fixInputShapes(model, inputs);
  // What was declared for another batch would contradict.
  graph.valueInfo = [];
  graph.output = graph.output.map(({ name }) => create(ValueInfoProtoSchema, { name }));
  const asksTeacher = spec.teacher !== undefined && (isStep || !labelled);
  if (spec.teacher && asksTeacher) joinTeacher(model, spec.teacher, spec.inputs);
  const types = await inferTensorTypes(model);
  const found = findPrediction(model, types, inputs, labelled);
  const prediction = found && tensorOf(types, found.logits);
  const output = found && types.get(found.output);
  if (!prediction || !output) throw nothingToLearn();
  const loss = spec.loss ?? defaultLoss(output, inputs, labelled, spec.teacher !== undefined);
  if (loss === undefined) throw nothingToLearn();
  const size = prediction.dims.slice(1).reduce((product, dim) => product * dim, 1);
  const targetSize = labelled ? size : undefined;
  if (targetSize !== undefined) graph.input.push(tensorValueInfo(TARGET, Type.FLOAT, [shardSize, targetSize]));
  const itself = spec.teacher ? undefined : inputs.find(({ dims }) => dims.join() === output.dims.join());
  const target =
    targetSize !== undefined ? { name: TARGET, dims: [shardSize, targetSize] } : itself && tensorOf(types, itself.name);
  const teacher = asksTeacher ? teacherLogits(spec, types) : undefined;
  const writer = createGraphWriter(model, 'train/');
  const projections: { name: string; dims: readonly number[] }[] = [];
  const hasClasses = loss === 'cross-entropy';
  const parts: LossParts = {
    model,
    types,
    writer,
    loss,
    labelSmoothing: spec.labelSmoothing ?? 0,
    prediction,
    distillation,
    ...(target ? { target } : {}),
    ...(teacher ? { teacher } : {}),
    projection: (index, pair) => {
      const part = { name: `train/projection_${index}`, dims: hintProjectionDims(pair) };
      addPart(model, part, convolutionWeight(part.dims, seedOf(spec.seed ?? 0, index)));
      projections.push(part);
      return part.name;
    },
  };
  if (isStep) writer.named(trainingLoss(parts), LOSS);
  const metrics = sampleMetrics(parts, hasClasses);
  writer.named(metrics.loss, SAMPLE_LOSS);
  if (metrics.correct !== undefined) writer.named(metrics.correct, CORRECT);
  return { loss, hasClasses, projections, ...(targetSize === undefined ? {} : { targetSize }) };
}

interface Finish {
  readonly gradients?: readonly string[];
  readonly running?: readonly RunningStatistic[];
  readonly outputs: readonly string[];
}

/** Makes inputs of the weights and outputs of the results. */
function finish(
  model: Model,
  weights: readonly VectorPart[],
  statistics: readonly VectorPart[],
  { gradients, running, outputs }: Finish,
): StepGraph {
  initializersToInputs(model, [...weights, ...statistics]);
  const updated = running?.map((statistic) => statistic.updated);
  mainGraph(model).output = [...outputs, ...(gradients ?? []), ...(updated ?? [])].map((name) =>
    create(ValueInfoProtoSchema, { name }),
  );
  // ONNX Runtime computes what nobody asked for as well, such as answers behind the logits.
  dropUnused(model);
  return { model, ...(gradients ? { gradients } : {}), ...(updated ? { statistics: updated } : {}) };
}

function teacherLogits({ teacher, inputs, labelled }: StepSpec, types: ReadonlyMap<string, TensorInfo>) {
  if (!teacher) return undefined;
  const own = new Map(
    [...types].flatMap(([joined, info]) => {
      if (!joined.startsWith(TEACHER_PREFIX)) return [];
      const name = joined.slice(TEACHER_PREFIX.length);
      return [[name, { ...info, name }] as const];
    }),
  );
  const found = findPrediction(teacher, own, inputs, labelled);
  return found && tensorOf(types, TEACHER_PREFIX + found.logits);
}

function tensorOf(types: ReadonlyMap<string, TensorInfo>, name: string): LossTensor | undefined {
  const info = types.get(name);
  const dims = info?.dims.filter((dim) => typeof dim === 'number');
  return info && dims?.length === info.dims.length ? { name, dims } : undefined;
}
