import { join } from 'node:path';
import type { CalibrationMethod } from '../../src/protocol';
import { nameOf, type BenchOptions } from './options';
import { evaluatePair, paramsOf, quantizeOurs } from './processes';
import { OUR_METHODS, type EvaluatedPair } from './tasks';

/** How accurate a model is after each calibration method. */
export interface MethodsRow {
  readonly model: string;
  /** Labelled samples that measured. */
  readonly samples: number;
  /** Top-1 of the original, in percent. */
  readonly fp32: number;
  readonly methods: readonly ({ readonly method: CalibrationMethod; readonly seconds: number } & EvaluatedPair)[];
}

/** Quantizes each model that has labelled data with each of our methods, and evaluates the results. */
export function compareMethods(options: BenchOptions, folder: string): MethodsRow[] {
  return options.subjects.flatMap((subject) => {
    const { evaluation } = subject;
    if (evaluation === undefined) return [];
    const methods = OUR_METHODS.map((method) => {
      const output = join(folder, 'ours.onnx');
      const { seconds } = quantizeOurs({ params: paramsOf(subject, options, method), output });
      const pair = evaluatePair({
        before: subject.model,
        after: output,
        data: evaluation,
        samples: options.evaluationSamples,
      });
      return { method, seconds, ...pair };
    });
    const [first] = methods;
    return first ? [{ model: nameOf(subject), samples: first.samples, fp32: first.before, methods }] : [];
  });
}
