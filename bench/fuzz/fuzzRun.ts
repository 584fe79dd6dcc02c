import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { BaseModel } from './baseModels';
import { createFuzzCase, type FuzzCase } from './fuzzCase';
import { FuzzWorker } from './fuzzWorker';
import type { QuantizeMode } from '../../src/protocol';
import type { FuzzAnswer, FuzzQuestion } from './messages';

/** How much memory a file of a few kilobytes may cost the worker, over everything it did before. */
const MAX_MEGABYTES = 1500;
/** A base model that takes longer as it is would be reported as a hang on a busy machine. */
const MAX_BASE_SECONDS = 4;
/** After so many files a worker is replaced, so that one that leaks is told from a file that takes much. */
const FILES_PER_WORKER = 200;

/** A file that was handled wrongly. */
export interface BadCase {
  readonly index: number;
  readonly name: string;
  readonly mode: string;
  readonly problem: string;
}

/** Counts over all files. */
export interface FuzzReport {
  readonly count: number;
  readonly quantized: number;
  readonly refused: number;
  readonly inspected: number;
  /** Refusals of `quantize` by error code. */
  readonly refusalsByCode: Readonly<Record<string, number>>;
  readonly bad: readonly BadCase[];
  /** Base models left out because they are slow without any mutation. */
  readonly slowBases: readonly string[];
  readonly seconds: number;
}

/** What to run. */
export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  readonly bases: readonly BaseModel[];
  /** The bundled worker. */
  readonly workerPath: string;
  readonly onCase?: (done: number, bad: readonly BadCase[]) => void;
}

/** Sends mutated models through inspect and quantize in a process of its own and judges each. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const started = performance.now();
  const root = mkdtempSync(join(tmpdir(), 'onnx-press-fuzz-'));
  const worker = new FuzzWorker(options.workerPath);
  const bad: BadCase[] = [];
  const codes = new Map<string, number>();
  let quantized = 0;
  let inspected = 0;
  let slowBases: string[];
  try {
    const bases = await quickBases(root, worker, options.bases);
    slowBases = options.bases.filter((base) => !bases.includes(base)).map(({ name }) => name);
    for (let index = 0; index < options.count; index++) {
      if (index % FILES_PER_WORKER === 0) worker.stop();
      const fuzzCase = createFuzzCase(bases, options.seed, index);
      const before = prepare(root, fuzzCase);
      const answer = await worker.ask(questionIn(root, fuzzCase.mode));
      if (answer.inspect.kind === 'ok') inspected++;
      if (answer.quantize.kind === 'ok') quantized++;
      if (answer.quantize.kind === 'refused')
        codes.set(answer.quantize.code, (codes.get(answer.quantize.code) ?? 0) + 1);
      const problem = problemOf(fuzzCase, answer) ?? problemOnDisk(root, before, answer);
      if (answer.peakMegabytes > MAX_MEGABYTES) worker.stop();
      if (problem !== undefined) bad.push({ index, name: fuzzCase.name, mode: fuzzCase.mode, problem });
      options.onCase?.(index + 1, bad);
    }
  } finally {
    worker.stop();
    rmSync(root, { recursive: true, force: true });
  }
  return {
    count: options.count,
    quantized,
    refused: [...codes.values()].reduce((sum, count) => sum + count, 0),
    inspected,
    refusalsByCode: Object.fromEntries([...codes].sort(([, m], [, n]) => n - m)),
    bad,
    slowBases,
    seconds: (performance.now() - started) / 1000,
  };
}

/** The base models that take little time as they are, in the mode that takes the most. */
async function quickBases(root: string, worker: FuzzWorker, bases: readonly BaseModel[]): Promise<BaseModel[]> {
  const quick: BaseModel[] = [];
  for (const base of bases) {
    prepare(root, base);
    const started = performance.now();
    await worker.ask(questionIn(root, 'static'));
    if (performance.now() - started < MAX_BASE_SECONDS * 1000) quick.push(base);
  }
  return quick;
}

function questionIn(root: string, mode: QuantizeMode): FuzzQuestion {
  return { model: join(root, 'models', 'model.onnx'), output: join(root, 'out', 'model.onnx'), mode };
}

/** Lays the files of a case out and returns what is on the disk then: the model, its data, and what it must not touch. */
function prepare(root: string, { model, data }: Pick<BaseModel, 'model' | 'data'>): string {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
  mkdirSync(join(root, 'models'));
  mkdirSync(join(root, 'out'));
  writeFileSync(join(root, 'secret.bin'), Buffer.alloc(8192, 1));
  symlinkSync(join(root, 'secret.bin'), join(root, 'models', 'link.bin'));
  writeFileSync(join(root, 'models', 'model.onnx'), model);
  if (data) writeFileSync(join(root, 'models', data.name), data.bytes);
  return snapshot(root);
}

function problemOf(fuzzCase: FuzzCase, { inspect, quantize, peakMegabytes }: FuzzAnswer): string | undefined {
  if (inspect.kind === 'bad' && inspect === quantize) return inspect.message; // the worker itself died
  if (inspect.kind === 'bad') return `inspect: ${inspect.message}`;
  if (quantize.kind === 'bad') return `quantize: ${quantize.message}`;
  if (fuzzCase.mustRefuse && quantize.kind === 'ok') return 'quantize: accepted what must be refused.';
  if (peakMegabytes > MAX_MEGABYTES) return `The worker took ${peakMegabytes.toFixed(0)} MB.`;
  return undefined;
}

function problemOnDisk(root: string, before: string, { quantize }: FuzzAnswer): string | undefined {
  if (snapshot(root) !== before) return 'A file outside the output folder was written.';
  const written = readdirSync(join(root, 'out'));
  if (quantize.kind === 'ok') return written.includes('model.onnx') ? undefined : 'Nothing was written.';
  return written.length === 0 ? undefined : `It was refused, and ${written.join(', ')} was left behind.`;
}

/** Names and contents of everything around the output folder. */
function snapshot(root: string): string {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ path }) => !relative(root, path).startsWith('out'))
    .map(({ entry, path }) => `${relative(root, path)} ${entry.isFile() ? readFileSync(path).toString('base64') : ''}`)
    .sort()
    .join('\n');
}
