import type { Sample } from '../data/dataset';
import type { TensorMap, TensorValue } from '../onnx/tensorValue';
import type { AccuracyReport, Estimate, FlipCounts, PairComparison, PairedMetric } from '../protocol';
import type { Session } from '../runtime/session';
import type { ProgressCallback } from '../util/progress';
import { mcnemarPValue, proportionOf } from '../util/stats';
import { createAccuracyCounter } from './accuracy';
import { createSumBootstrap, type SumBootstrap } from './bootstrap';
import { createFlipCollector } from './classFlips';
import { findClassOutput, scoresOf } from './classify';
import { scoreDivergences } from './divergence';
import { createFidelityMeter } from './fidelity';
import { countNonFinite } from './finite';
import { pairInputs, pairOutputs } from './pairing';
import { runSamples, type SampleRun, type SampleRunOptions } from './runSamples';
import type { TaskFigure, TaskMeter } from './taskMeter';

/** How a comparison or an evaluation runs. */
export interface EvaluateOptions extends SampleRunOptions {
  /** How many samples there are, for progress; 0 when unknown. */
  readonly total?: number;
  readonly onProgress?: ProgressCallback;
  /** Of the intervals that come from resampling; 0 when absent. */
  readonly seed?: number;
  /** Names of classes by label. */
  readonly classNames?: readonly string[];
  /** What else is measured; with as many models as are run. */
  readonly meters?: readonly TaskMeter[];
}

/** What comparing needs of a session; its outputs may be fewer than it has. */
export type ComparedModel = Pick<Session, 'inputs' | 'outputs' | 'run'>;

/**
 * Runs two models on the same samples in one pass and in constant memory: accuracy with labels, agreement with a
 * class-like output, and how far every output moved. Samples are made for `before`; `after` may name its inputs and
 * outputs otherwise. Throws `bad-input` when the models take different inputs, and `bad-dataset` for impossible labels.
 */
export async function comparePair(
  before: ComparedModel,
  after: ComparedModel,
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  options: EvaluateOptions = {},
): Promise<PairComparison> {
  const toAfter = pairInputs(before.inputs, after.inputs);
  const meter = createPairMeter(before, after, options);
  const models = [before, { inputs: after.inputs, run: (feeds: TensorMap) => after.run(toAfter(feeds)) }];
  let done = 0;
  let batchSize = 0;
  for await (const run of runSamples(models, samples, options)) {
    meter.add(run);
    for (const task of options.meters ?? []) await task.add(run.samples, meter.sameNames(run));
    done += run.samples.length;
    batchSize = Math.max(batchSize, run.batchSize);
    options.onProgress?.({ stage: 'evaluate', done, total: options.total ?? 0 });
  }
  const metrics: PairedMetric[] = [];
  for (const task of options.meters ?? []) {
    const figures = await task.finish(options.signal);
    metrics.push(...figures.map(pairedMetric));
  }
  return { samples: done, batchSize, ...meter.result(), ...(metrics.length > 0 ? { metrics } : {}) };
}

function createPairMeter(before: ComparedModel, after: ComparedModel, { classNames, seed = 0 }: EvaluateOptions) {
  const pairs = pairOutputs(before.outputs, after.outputs).map((pair) => ({
    ...pair,
    meter: createFidelityMeter(pair.before),
  }));
  const counters = { before: createAccuracyCounter(), after: createAccuracyCounter() };
  const flips = { bothRight: 0, onlyBefore: 0, onlyAfter: 0, bothWrong: 0 };
  const flipped = createFlipCollector(classNames);
  const divergences = createSumBootstrap(2);
  const nonFinite = { before: 0, after: 0 };
  let classOutput: string | undefined;
  let classOutputAfter: string | undefined;
  let isChosen = false;
  let rowCount = 0;
  let agreeCount = 0;
  let labelledCount = 0;

  const chooseClassOutput = (labelled: boolean): void => {
    isChosen = true;
    const paired = before.outputs.filter(({ name }) => pairs.some((pair) => pair.before === name));
    classOutput = findClassOutput(paired, before.inputs, { labelled })?.name;
    classOutputAfter = pairs.find((pair) => pair.before === classOutput)?.after;
  };

  const addClasses = ({ samples }: SampleRun, outputsBefore: TensorMap, outputsAfter: TensorMap): void => {
    const scoresBefore = scoresOf(outputsBefore, classOutput);
    const scoresAfter = scoresOf(outputsAfter, classOutputAfter);
    if (!scoresBefore || !scoresAfter) return;
    if (scoresBefore.rowCount !== samples.length || scoresAfter.rowCount !== samples.length) return;
    const divergent = scoreDivergences(
      outputsBefore[classOutput ?? ''] as TensorValue, // both have scores
      outputsAfter[classOutputAfter ?? ''] as TensorValue,
    );
    for (const divergence of divergent?.divergences ?? []) divergences.add([divergence, 1]);
    samples.forEach((sample, row) => {
      rowCount++;
      flipped.add(sample, row, scoresBefore, scoresAfter);
      const top = scoresBefore.topClass(row);
      if (top >= 0 && top === scoresAfter.topClass(row)) agreeCount++;
      if (sample.label === undefined) return;
      labelledCount++;
      const wasRight = counters.before.add(scoresBefore, row, sample, sample.label);
      const isRight = counters.after.add(scoresAfter, row, sample, sample.label);
      flips[wasRight ? (isRight ? 'bothRight' : 'onlyBefore') : isRight ? 'onlyAfter' : 'bothWrong']++;
    });
  };

  return {
    /** The outputs of both models under the names of the first. */
    sameNames({ outputs: [first = {}, second = {}] }: SampleRun): TensorMap[] {
      const entries = pairs.flatMap(({ before: name, after: other }) => {
        const value = second[other];
        return value ? [[name, value] as const] : [];
      });
      return [first, Object.fromEntries(entries)];
    },
    add(run: SampleRun): void {
      const [outputsBefore = {}, outputsAfter = {}] = run.outputs;
      if (!isChosen) chooseClassOutput(run.samples.some((sample) => sample.label !== undefined));
      for (const pair of pairs) {
        const a = outputsBefore[pair.before];
        const b = outputsAfter[pair.after];
        if (a && b) pair.meter.add(a, b, run.samples.length);
      }
      for (const value of Object.values(outputsBefore)) nonFinite.before += countNonFinite(value);
      for (const value of Object.values(outputsAfter)) nonFinite.after += countNonFinite(value);
      addClasses(run, outputsBefore, outputsAfter);
    },
    result(): Omit<PairComparison, 'samples' | 'batchSize'> {
      return {
        ...(classOutput !== undefined && rowCount > 0
          ? { classOutput, agreement: proportionOf(agreeCount, rowCount), classFlips: flipped.result() }
          : {}),
        ...(labelledCount > 0 ? { accuracy: accuracyReport(counters), flips: flipCounts(flips) } : {}),
        fidelity: pairs.map((pair) => pair.meter.result(seed)),
        ...(divergences.count > 0 ? { divergence: meanOf(divergences, seed) } : {}),
        nonFinite,
      };
    },
  };
}

function meanOf(sums: SumBootstrap, seed: number): Estimate {
  const [mean] = sums.estimates([([sum = 0, count = 0]) => sum / count], seed) as [Estimate]; // one statistic
  return mean;
}

function pairedMetric({ models: [before, after], change }: TaskFigure): PairedMetric {
  if (!before || !after) throw new RangeError('A comparison measures two models.');
  return { name: before.name, before, after, ...(change ? { change } : {}) };
}

function accuracyReport(
  counters: Record<'before' | 'after', ReturnType<typeof createAccuracyCounter>>,
): AccuracyReport {
  const before = counters.before.top1();
  const after = counters.after.top1();
  const top5Before = counters.before.top5();
  const top5After = counters.after.top5();
  return {
    before,
    after,
    ...(top5Before && top5After ? { top5Before, top5After } : {}),
    changePoints: (after.value - before.value) * 100,
  };
}

function flipCounts(counts: Omit<FlipCounts, 'pValue'>): FlipCounts {
  return { ...counts, pValue: mcnemarPValue(counts.onlyBefore, counts.onlyAfter) };
}
