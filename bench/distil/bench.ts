import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeModelBytes } from '../../src/onnx/writeModel';
import type { DistillationSettings, FeatureLoss, TrainParams, TrainReport } from '../../src/protocol';
import { trainModel } from '../../src/recipe/trainModel';
import { textTable } from '../../src/util/textTable';
import { resnet } from '../train/resnet';

interface Options {
  readonly teacher: string;
  readonly data: string;
  readonly evaluationData: string;
  readonly out: string;
  readonly epochs: number;
  readonly batch: number;
  readonly seeds: number;
  readonly workers: number;
}

interface Method {
  readonly name: string;
  /** Trained without its teacher where absent. */
  readonly distillation?: DistillationSettings;
  readonly epochs: number;
}

/** What a method came to with each seed. */
interface Row {
  readonly method: Method;
  /** Shares of right answers on the evaluation data, one a seed. */
  readonly accuracies: readonly number[];
  readonly seconds: number;
}

const FEATURES: readonly FeatureLoss[] = ['attention', 'hint', 'similarity', 'relational'];

/**
 * Trains a student of three residual blocks (78,000 parameters) from scratch: alone, and by a teacher with each loss.
 * Alone it is given as many more epochs as the teacher's work takes time. What is in the folder of an earlier run with
 * the same options is taken over.
 */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const options = readOptions();
  mkdirSync(options.out, { recursive: true });
  const student = join(options.out, 'student.onnx');
  if (!existsSync(student)) {
    writeFileSync(student, encodeModelBytes(resnet({ blocks: 1, batchNorm: true }), Buffer.alloc(0)));
  }
  const { epochs, seeds } = options;
  const rows: Row[] = [];
  const add = async (method: Method, count: number): Promise<Row> => {
    const reports: TrainReport[] = [];
    for (let seed = 0; seed < count; seed++) reports.push(await train(method, seed, student, options));
    const row = {
      method,
      accuracies: reports.map(({ accuracy }) => accuracy?.after.value ?? Number.NaN),
      seconds: mean(reports.map(trainingSeconds)),
    };
    rows.push(row);
    console.error(rowTexts(row).join('  '));
    return row;
  };
  const soft = await add({ name: 'soft targets', distillation: {}, epochs }, seeds);
  const same = await add({ name: 'alone, as many epochs', epochs }, 1);
  await add({ name: 'alone, as long', epochs: Math.max(1, Math.round((epochs * soft.seconds) / same.seconds)) }, seeds);
  await add({ name: 'DIST', distillation: { answers: 'dist' }, epochs }, 1);
  let best: Row | undefined;
  for (const features of FEATURES) {
    const row = await add({ name: `soft targets, ${features}`, distillation: { features }, epochs }, 1);
    if (!best || (row.accuracies[0] as number) > (best.accuracies[0] as number)) best = row;
  }
  if (best && seeds > 1) {
    rows.splice(rows.indexOf(best), 1);
    await add(best.method, seeds);
  }
  const facts = { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version, ...options };
  if (json) console.log(JSON.stringify({ facts, rows }));
  else {
    const head = ['method', 'epochs', 'seconds', 'accuracy, mean', 'of each seed'];
    console.log(textTable([head, ...rows.map(rowTexts)], ['left', 'right', 'right', 'right']));
    console.log(`${facts.processor}; ${facts.cores} cores; Node ${facts.node}`);
  }
}

async function train(method: Method, seed: number, student: string, options: Options): Promise<TrainReport> {
  const { distillation, epochs, name } = method;
  const output = join(options.out, `${name.replaceAll(/[, ]+/g, '-')}-${epochs}-${seed}.onnx`);
  const report = output.replace(/onnx$/, 'report.json');
  if (existsSync(report)) return JSON.parse(readFileSync(report, 'utf8')) as TrainReport; // written here before
  const params: TrainParams = {
    model: student,
    data: options.data,
    evaluationData: options.evaluationData,
    output,
    workers: options.workers,
    threads: 1,
    seed,
    ...(distillation ? { teacher: options.teacher } : {}),
    settings: {
      epochs,
      batchSize: options.batch,
      fromScratch: true,
      augmentation: { flip: true, cropPadding: 4 },
      ...(distillation ? { distillation } : {}),
    },
  };
  const result = await trainModel(params, {
    onProgress: () => undefined,
    log: () => undefined,
    signal: new AbortController().signal,
    workerPath: join(__dirname, 'trainworker.js'),
  });
  return result.report;
}

/** Without reading, measuring and writing, which all methods share. */
function trainingSeconds({ history }: TrainReport): number {
  return history.reduce((sum, { seconds }) => sum + seconds, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rowTexts({ method, accuracies, seconds }: Row): string[] {
  const percent = (share: number): string => (share * 100).toFixed(2);
  return [
    method.name,
    String(method.epochs),
    seconds.toFixed(0),
    percent(mean(accuracies)),
    accuracies.map(percent).join(' '),
  ];
}

function readOptions(): Options {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      json: { type: 'boolean' },
      teacher: { type: 'string' },
      data: { type: 'string' },
      'eval-data': { type: 'string' },
      out: { type: 'string' },
      epochs: { type: 'string', default: '30' },
      batch: { type: 'string', default: '64' },
      seeds: { type: 'string', default: '3' },
      workers: { type: 'string', default: '2' },
    },
  });
  const { teacher, data, out } = values;
  const evaluationData = values['eval-data'];
  if (!teacher || !data || !evaluationData || !out) {
    throw new Error('Give --teacher MODEL, --data and --eval-data (datasets of 32 x 32 images), and --out FOLDER.');
  }
  return {
    teacher: resolve(teacher),
    data: resolve(data),
    evaluationData: resolve(evaluationData),
    out: resolve(out),
    epochs: Number(values.epochs),
    batch: Number(values.batch),
    seeds: Number(values.seeds),
    workers: Number(values.workers),
  };
}
