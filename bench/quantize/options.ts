import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { CalibrationMethod } from '../../src/protocol';
import { OUR_METHODS, SHARED_METHODS, type SharedMethod, type Subject } from './tasks';

/** What is measured. */
export type Topic = 'compare' | 'methods' | 'memory' | 'latency';

/** The options of a run. */
export interface BenchOptions {
  readonly topic: Topic;
  readonly subjects: readonly Subject[];
  /** Methods that are compared with the peer's. */
  readonly methods: readonly SharedMethod[];
  /** Methods that are compared with each other. */
  readonly ourMethods: readonly CalibrationMethod[];
  /** Samples that calibrate. */
  readonly samples: number;
  /** Samples that measure accuracy, at most. */
  readonly evaluationSamples: number;
  readonly threads: number;
  readonly repeats: number;
  readonly python: string;
  readonly peerBatch: number;
  readonly reduceRange: boolean;
  /** Whether the whole command is timed as well. */
  readonly wholeCommand: boolean;
}

const SAMPLE = 'media/sample/digits';

/** Reads the options of the command line. Throws for a method that cannot be measured. */
export function readOptions(): BenchOptions {
  const { values } = parseArgs({
    strict: false,
    options: {
      model: { type: 'string' },
      calibration: { type: 'string' },
      evaluation: { type: 'string' },
      suite: { type: 'string' },
      method: { type: 'string' },
      samples: { type: 'string', default: '512' },
      'evaluation-samples': { type: 'string', default: '5000' },
      threads: { type: 'string', default: '0' },
      repeats: { type: 'string', default: '3' },
      python: { type: 'string', default: process.env['ONNX_PRESS_PYTHON'] ?? 'python3' },
      'peer-batch': { type: 'string', default: '1' },
    },
  });
  const flags = values as Record<string, string | boolean | undefined>;
  const topics: readonly Topic[] = ['methods', 'memory', 'latency'];
  const topic = topics.find((each) => flags[each] === true) ?? 'compare';
  return {
    topic,
    subjects: subjectsOf(flags),
    methods: topic === 'methods' ? [] : methodsOf(flags['method'], SHARED_METHODS),
    ourMethods: topic === 'methods' ? methodsOf(flags['method'], OUR_METHODS) : [],
    samples: Number(values.samples),
    evaluationSamples: Number(values['evaluation-samples']),
    threads: Number(values.threads),
    repeats: Number(values.repeats),
    python: String(values.python),
    peerBatch: Number(values['peer-batch']),
    reduceRange: flags['reduce-range'] === true,
    wholeCommand: flags['no-command'] !== true,
  };
}

/** How results name a model. */
export function nameOf(subject: Subject): string {
  return basename(subject.model, '.onnx');
}

function subjectsOf(flags: Readonly<Record<string, string | boolean | undefined>>): Subject[] {
  if (typeof flags['suite'] === 'string') return readSuite(flags['suite']);
  const text = (name: string): Record<string, string> => {
    const value = flags[name];
    return typeof value === 'string' ? { [name]: resolve(value) } : {};
  };
  if (typeof flags['model'] === 'string')
    return [{ ...text('calibration'), ...text('evaluation'), model: resolve(flags['model']) }];
  return [
    {
      model: resolve(`${SAMPLE}.onnx`),
      calibration: resolve(`${SAMPLE}-calibration.dataset.json`),
      evaluation: resolve(`${SAMPLE}-evaluation.dataset.json`),
    },
  ];
}

/** A JSON list of subjects; paths are relative to the file. */
function readSuite(path: string): Subject[] {
  const subjects = JSON.parse(readFileSync(path, 'utf8')) as Subject[]; // a file of the person who measures
  const absolute = (value: string): string => resolve(dirname(path), value);
  return subjects.map(({ model, calibration, evaluation }) => ({
    model: absolute(model),
    ...(calibration === undefined ? {} : { calibration: absolute(calibration) }),
    ...(evaluation === undefined ? {} : { evaluation: absolute(evaluation) }),
  }));
}

/** The methods that are asked for, of those that can be measured; all without a wish. */
function methodsOf<T extends string>(wanted: string | boolean | undefined, possible: readonly T[]): readonly T[] {
  if (typeof wanted !== 'string') return possible;
  return wanted.split(',').map((name) => {
    const method = possible.find((each) => each === name);
    if (method === undefined) throw new Error(`--method ${name} is none of ${possible.join(', ')}.`);
    return method;
  });
}
