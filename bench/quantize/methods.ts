import { join } from 'node:path';
import type { CalibrationMethod } from '../../src/protocol';
import { nameOf, type BenchOptions } from './options';
import { evaluateOne, paramsOf, quantizeOurs } from './processes';

/** How accurate a model is after each calibration method. */
export interface MethodsRow {
  readonly model: string;
  /** Labelled samples that measured. */
  readonly samples: number;
  /** Top-1 of the original, in percent. */
  readonly fp32: number;
  /** Top-1 after each method, and the seconds that quantizing took. */
  readonly methods: readonly { readonly method: CalibrationMethod; readonly top1: number; readonly seconds: number }[];
}

/** Quantizes each model that has labelled data with each of our methods, and evaluates the results. */
export function compareMethods(options: BenchOptions, folder: string): MethodsRow[] {
  return options.subjects.flatMap((subject) => {
    const { evaluation } = subject;
    if (evaluation === undefined) return [];
    const original = evaluateOne(subject.model, evaluation, options);
    const methods = options.ourMethods.map((method) => {
      const output = join(folder, 'ours.onnx');
      const { seconds } = quantizeOurs({ params: paramsOf(subject, options, method), output });
      return { method, seconds, top1: evaluateOne(output, evaluation, options).top1 };
    });
    const row = { model: nameOf(subject), samples: original.samples, fp32: original.top1, methods };
    const figures = methods.map(({ method, top1 }) => `${method} ${top1.toFixed(2)}`);
    process.stderr.write(`${row.model}: fp32 ${row.fp32.toFixed(2)}, ${figures.join(', ')}\n`);
    return [row];
  });
}
