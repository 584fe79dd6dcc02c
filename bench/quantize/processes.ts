import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { CalibrationMethod, QuantizeParams } from '../../src/protocol';
import type { BenchOptions } from './options';
import type {
  EvaluatedModel,
  EvaluatedPair,
  EvaluateTask,
  ExportTask,
  LatencyTask,
  PeerTask,
  ProcessCost,
  QuantizeTask,
  Subject,
} from './tasks';

/** What a program cost: the whole process, its start included. */
export interface TimedCost extends ProcessCost {
  readonly seconds: number;
}

/** Where run.mjs builds the workers from: this file is part of bench.js in out/bench/quantize. */
const SOURCES = join(__dirname, '..', '..', '..', 'bench', 'quantize');
/** Peers can be talkative. */
const MAX_OUTPUT = 1 << 26;

/** What is missing for the peer to run, with the way to get it; undefined when it runs. */
export function missingPeer(python: string): string | undefined {
  const found = spawnSync(python, ['-c', 'import onnx, sympy, onnxruntime.quantization'], { encoding: 'utf8' });
  if (found.status === 0) return undefined;
  const reason = found.error?.message ?? found.stderr.trim().split('\n').at(-1) ?? '';
  return (
    `ONNX Runtime's quantize_static (${python}: ${reason}). Get it with ` +
    '"python3 -m venv peer && peer/bin/pip install onnx onnxruntime sympy", and give --python peer/bin/python.'
  );
}

/** Versions of the peer's packages. */
export function peerVersions(python: string): string {
  const code = 'import onnx, onnxruntime as o; print("onnxruntime", o.__version__ + ", onnx", onnx.__version__)';
  return execFileSync(python, ['-c', code], { encoding: 'utf8' }).trim();
}

/** What to quantize a subject with, for ours and for the export. */
export function paramsOf(subject: Subject, options: BenchOptions, method: CalibrationMethod): QuantizeParams {
  const { calibration } = subject;
  return {
    model: subject.model,
    // Evaluation data of its own, so that none is set aside of what calibrates.
    ...(calibration === undefined ? { synthetic: true } : { data: calibration, evaluationData: calibration }),
    settings: { mode: 'static', calibration: method, calibrationSamples: options.samples },
    threads: options.threads,
  };
}

export function quantizeOurs(task: QuantizeTask): TimedCost {
  return timed(process.execPath, [worker('quantizeworker'), JSON.stringify(task)]);
}

export function quantizePeer(python: string, task: PeerTask): TimedCost {
  return timed(python, [join(SOURCES, 'peer.py'), JSON.stringify(task)]);
}

/** Runs `onnx-press` with arguments. */
export function runCommand(args: readonly string[]): TimedCost {
  return timed(process.execPath, [worker('cliworker'), ...args]);
}

/** Writes the calibration samples for the peer, and says how many there are. */
export function exportSamples(task: ExportTask): number {
  return (ask('exportworker', task) as { count: number }).count;
}

/** Evaluates `before` and `after` on the same samples. */
export function evaluatePair(before: string, after: string, data: string, options: BenchOptions): EvaluatedPair {
  const { evaluationSamples: samples, threads } = options;
  const task: EvaluateTask = { models: [before, after], data, samples, threads };
  return ask('evaluateworker', task) as EvaluatedPair;
}

export function evaluateOne(model: string, data: string, options: BenchOptions): EvaluatedModel {
  const { evaluationSamples: samples, threads } = options;
  const task: EvaluateTask = { models: [model], data, samples, threads };
  return ask('evaluateworker', task) as EvaluatedModel;
}

/** Milliseconds of each round, by model. */
export function timeModels(task: LatencyTask): readonly (readonly number[])[] {
  return (ask('latencyworker', task) as { rounds: number[][] }).rounds;
}

function worker(name: string): string {
  return join(__dirname, `${name}.js`);
}

function ask(name: string, task: object): unknown {
  return lastLine(process.execPath, [worker(name), JSON.stringify(task)]);
}

function timed(program: string, args: readonly string[]): TimedCost {
  const started = performance.now();
  const cost = lastLine(program, args) as ProcessCost; // what all three programs print
  return { ...cost, seconds: (performance.now() - started) / 1000 };
}

/** The JSON on the last line of what a program prints; the peer prints its progress before. */
function lastLine(program: string, args: readonly string[]): unknown {
  const output = execFileSync(program, args, {
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}
