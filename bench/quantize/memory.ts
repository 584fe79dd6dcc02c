import { join } from 'node:path';
import type { CalibrationMethod, Spread } from '../../src/protocol';
import { spreadOf } from '../../src/util/stats';
import { nameOf, type BenchOptions } from './options';
import { paramsOf, quantizeOurs } from './processes';

/** Numbers of samples that must need the same memory. */
const FEW = 200;
const MANY = 2000;

/** How peak memory depends on the number of samples. */
export interface MemoryRow {
  readonly model: string;
  readonly method: CalibrationMethod;
  readonly few: { readonly samples: number; readonly peakMegabytes: Spread };
  readonly many: { readonly samples: number; readonly peakMegabytes: Spread };
  /** With many over with few, run by run: at most 1.1 is the aim. */
  readonly ratio: Spread;
}

/** Quantizes each model with few and with many samples in turn. */
export function compareMemory(options: BenchOptions, folder: string): MemoryRow[] {
  return options.subjects.flatMap((subject) =>
    (['minmax', 'mse'] as const).map((method) => {
      const few: number[] = [];
      const many: number[] = [];
      for (let repeat = 0; repeat < options.repeats; repeat++) {
        for (const [samples, peaks] of [[FEW, few] as const, [MANY, many] as const]) {
          const params = paramsOf(subject, { ...options, samples }, method);
          peaks.push(quantizeOurs({ params, output: join(folder, 'ours.onnx') }).peakMegabytes);
        }
      }
      return {
        model: nameOf(subject),
        method,
        few: { samples: FEW, peakMegabytes: spreadOf(few) },
        many: { samples: MANY, peakMegabytes: spreadOf(many) },
        ratio: spreadOf(many.map((peak, i) => peak / (few[i] ?? NaN))),
      };
    }),
  );
}
