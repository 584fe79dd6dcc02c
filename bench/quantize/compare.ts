import { join } from 'node:path';
import { rmSync } from 'node:fs';
import type { Spread } from '../../src/protocol';
import { spreadOf } from '../../src/util/stats';
import { nameOf, type BenchOptions } from './options';
import {
  evaluatePair,
  exportSamples,
  paramsOf,
  quantizeOurs,
  quantizePeer,
  runCommand,
  type TimedCost,
} from './processes';
import { comparisonText } from './text';
import type { EvaluatedPair, SharedMethod, Subject } from './tasks';

/** What one tool needed. */
export interface Cost {
  readonly seconds: Spread;
  readonly cpuSeconds: Spread;
  readonly peakMegabytes: Spread;
  /** Median seconds by stage, measured inside the process. */
  readonly stages: Readonly<Record<string, number>>;
}

/** Ours against the peer on one model with one method. */
export interface ComparedRow {
  readonly model: string;
  readonly method: SharedMethod;
  readonly samples: number;
  readonly ours: Cost;
  /** The whole command, which also runs both models to verify and measure. */
  readonly command?: Cost;
  readonly peer?: Cost;
  /** Ours over the peer's, run by run: at most 0.5 is the aim for both. */
  readonly timeRatio?: Spread;
  readonly cpuRatio?: Spread;
  readonly memoryRatio?: Spread;
  /** `before` is fp32, `after` ours. */
  readonly accuracy?: EvaluatedPair;
  /** `before` is the peer's, `after` ours. */
  readonly againstPeer?: EvaluatedPair;
  /** The same with the peer's `reduce_range`. */
  readonly againstReducedPeer?: EvaluatedPair;
}

/** Quantizes each model with both tools in turn, `repeats` times, and evaluates both results. */
export function compareTools(options: BenchOptions, hasPeer: boolean, folder: string): ComparedRow[] {
  return options.subjects.flatMap((subject) => {
    const samples = join(folder, nameOf(subject));
    const count = exportSamples({ params: paramsOf(subject, options, 'minmax'), folder: samples });
    const rows = options.methods.map((method) => {
      const row = compareOne(subject, method, options, { hasPeer, folder, samples, count });
      // What is known so far is shown at once: a run takes minutes.
      process.stderr.write(`${comparisonText([row]).join('\n')}\n`);
      return row;
    });
    rmSync(samples, { recursive: true });
    return rows;
  });
}

function compareOne(
  subject: Subject,
  method: SharedMethod,
  options: BenchOptions,
  { hasPeer, folder, samples, count }: { hasPeer: boolean; folder: string; samples: string; count: number },
): ComparedRow {
  const ours: TimedCost[] = [];
  const command: TimedCost[] = [];
  const peer: TimedCost[] = [];
  const output = join(folder, 'ours.onnx');
  const peerOutput = join(folder, 'peer.onnx');
  const runPeer = (target: string, reduceRange: boolean): TimedCost =>
    quantizePeer(options.python, {
      model: subject.model,
      samples,
      output: target,
      method,
      threads: options.threads,
      batch: options.peerBatch,
      reduceRange,
    });
  for (let repeat = 0; repeat < options.repeats; repeat++) {
    const runs = [
      () => ours.push(quantizeOurs({ params: paramsOf(subject, options, method), output })),
      () => (hasPeer ? peer.push(runPeer(peerOutput, false)) : 0),
    ];
    for (const run of repeat % 2 === 0 ? runs : runs.reverse()) run();
    if (options.wholeCommand)
      command.push(runCommand(commandLine(subject, method, options, join(folder, 'command.onnx'))));
  }
  const { evaluation } = subject;
  const evaluate = (before: string): EvaluatedPair | undefined =>
    evaluation === undefined ? undefined : evaluatePair(before, output, evaluation, options);
  const reduced = join(folder, 'reduced.onnx');
  if (hasPeer && options.reduceRange) runPeer(reduced, true);
  const ratio = (of: 'seconds' | 'cpuSeconds' | 'peakMegabytes'): Spread | undefined =>
    hasPeer ? spreadOf(ours.map((run, i) => run[of] / (peer[i]?.[of] ?? NaN))) : undefined;
  return withoutAbsent({
    model: nameOf(subject),
    method,
    samples: count,
    ours: costOf(ours),
    command: options.wholeCommand ? costOf(command) : undefined,
    peer: hasPeer ? costOf(peer) : undefined,
    timeRatio: ratio('seconds'),
    cpuRatio: ratio('cpuSeconds'),
    memoryRatio: ratio('peakMegabytes'),
    accuracy: evaluate(subject.model),
    againstPeer: hasPeer ? evaluate(peerOutput) : undefined,
    againstReducedPeer: hasPeer && options.reduceRange ? evaluate(reduced) : undefined,
  }) as ComparedRow; // the fields as they are, without those that are undefined
}

function commandLine(subject: Subject, method: string, options: BenchOptions, output: string): string[] {
  const { calibration, evaluation } = subject;
  rmSync(output, { force: true });
  rmSync(output.replace(/\.onnx$/, '.report.json'), { force: true });
  return [
    ...['quantize', subject.model, '--quiet', '--calibration', method, '--samples', String(options.samples)],
    ...(calibration === undefined ? ['--synthetic'] : ['--data', calibration]),
    ...(evaluation === undefined || calibration === undefined ? [] : ['--eval-data', evaluation]),
    ...['--threads', String(options.threads), '--out', output],
  ];
}

function costOf(runs: readonly TimedCost[]): Cost {
  const stages = Object.keys(runs[0]?.stages ?? {});
  return {
    seconds: spreadOf(runs.map(({ seconds }) => seconds)),
    cpuSeconds: spreadOf(runs.map(({ cpuSeconds }) => cpuSeconds)),
    peakMegabytes: spreadOf(runs.map(({ peakMegabytes }) => peakMegabytes)),
    stages: Object.fromEntries(
      stages.map((stage) => [stage, spreadOf(runs.map((run) => run.stages[stage] ?? NaN)).median]),
    ),
  };
}

function withoutAbsent(row: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}
