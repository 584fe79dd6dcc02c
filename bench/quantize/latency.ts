import { join } from 'node:path';
import type { Spread } from '../../src/protocol';
import { spreadOf } from '../../src/util/stats';
import { nameOf, type BenchOptions } from './options';
import { exportSamples, paramsOf, quantizeOurs, quantizePeer, timeModels } from './processes';

/** How long each model is timed, all together. */
const SECONDS = 30;

/** How fast a model is before and after quantization. */
export interface LatencyRow {
  readonly model: string;
  readonly threads: number;
  readonly rounds: number;
  readonly fp32Ms: Spread;
  readonly oursMs: Spread;
  readonly peerMs?: Spread;
  /** fp32 over ours and fp32 over the peer's, round by round. */
  readonly oursSpeedup: Spread;
  readonly peerSpeedup?: Spread;
  /** The peer's over ours: above 1 ours is faster. */
  readonly peerOverOurs?: Spread;
}

/** Quantizes each model with both tools, and times the original and both results in turn in one process. */
export function compareLatency(options: BenchOptions, hasPeer: boolean, folder: string): LatencyRow[] {
  return options.subjects.map((subject) => {
    const params = paramsOf(subject, options, 'minmax');
    const ours = join(folder, 'ours.onnx');
    const peer = join(folder, 'peer.onnx');
    const { threads, python, peerBatch: batch } = options;
    quantizeOurs({ params, output: ours });
    if (hasPeer) {
      const samples = join(folder, nameOf(subject));
      exportSamples({ params, folder: samples });
      const { model } = subject;
      quantizePeer(python, { model, samples, output: peer, method: 'minmax', threads, batch, reduceRange: false });
    }
    const rounds = timeModels({
      models: [subject.model, ours, ...(hasPeer ? [peer] : [])],
      ...(subject.calibration === undefined ? {} : { data: subject.calibration }),
      threads,
      seconds: SECONDS,
    });
    const column = (at: number): Spread => spreadOf(rounds.map((round) => round[at] ?? NaN));
    const ratio = (above: number, below: number): Spread =>
      spreadOf(rounds.map((round) => (round[above] ?? NaN) / (round[below] ?? NaN)));
    return {
      model: nameOf(subject),
      threads,
      rounds: rounds.length,
      fp32Ms: column(0),
      oursMs: column(1),
      oursSpeedup: ratio(0, 1),
      ...(hasPeer ? { peerMs: column(2), peerSpeedup: ratio(0, 2), peerOverOurs: ratio(2, 1) } : {}),
    };
  });
}
