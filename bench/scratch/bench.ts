import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeModelBytes } from '../../src/onnx/writeModel';
import { trainModel } from '../../src/recipe/trainModel';
import { textTable } from '../../src/util/textTable';
import { resnet } from '../train/resnet';

/** Where run.mjs builds the workers from: this file is part of bench.js in out/bench/scratch. */
const PEER = join(__dirname, '..', '..', '..', 'bench', 'scratch', 'peer.py');

interface Options {
  readonly data: string;
  readonly evaluationData: string;
  readonly out: string;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly heldOut: number;
  readonly seed: number;
  readonly python: string;
}

/**
 * Trains ResNet-20 with BatchNormalization from new weights by the same recipe, here and in PyTorch, side by side on a
 * thread each, and reports the accuracy of both.
 */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const options = readOptions();
  mkdirSync(options.out, { recursive: true });
  const [ours, peer] = await Promise.all([trainHere(options), trainPeer(options)]);
  const facts = { processor: cpus()[0]?.model ?? 'unknown', ...options };
  if (json) console.log(JSON.stringify({ facts, ours, peer }));
  else {
    const rows = [
      ['ONNX Press', percent(ours.accuracy)],
      [`PyTorch ${peer.version}, last epoch`, percent(peer.accuracies.at(-1) ?? Number.NaN)],
    ];
    console.log(textTable([['trained by', 'top-1'], ...rows], ['left', 'right']));
  }
}

async function trainHere(options: Options): Promise<{ readonly accuracy: number; readonly samples: number }> {
  const model = join(options.out, 'resnet20.onnx');
  if (!existsSync(model)) writeFileSync(model, encodeModelBytes(resnet({ batchNorm: true }), Buffer.alloc(0)));
  const { report } = await trainModel(
    {
      model,
      data: options.data,
      evaluationData: options.evaluationData,
      workers: 1,
      threads: 1,
      seed: options.seed,
      settings: {
        epochs: options.epochs,
        batchSize: options.batch,
        shards: 2,
        learningRate: options.learningRate,
        heldOut: options.heldOut,
        fromScratch: true,
        augmentation: { flip: true, cropPadding: 4 },
      },
    },
    {
      onProgress: () => undefined,
      log: () => undefined,
      signal: new AbortController().signal,
      workerPath: join(__dirname, 'trainworker.js'),
    },
  );
  return { accuracy: report.accuracy?.after.value ?? Number.NaN, samples: report.samples.training };
}

interface PeerResult {
  readonly accuracies: readonly number[];
  readonly version: string;
}

function trainPeer({ python, ...task }: Options): Promise<PeerResult> {
  return new Promise((done, fail) => {
    const child = spawn(python, [PEER, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    child.on('error', fail);
    child.on('close', (code) =>
      code === 0 ? done(JSON.parse(text) as PeerResult) : fail(new Error(`${python} ended with exit code ${code}.`)),
    );
  });
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function readOptions(): Options {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      json: { type: 'boolean' },
      data: { type: 'string' },
      'eval-data': { type: 'string' },
      out: { type: 'string' },
      epochs: { type: 'string', default: '10' },
      batch: { type: 'string', default: '128' },
      'learning-rate': { type: 'string', default: '0.1' },
      'held-out': { type: 'string', default: '0.04' },
      seed: { type: 'string', default: '0' },
      python: { type: 'string', default: 'python3' },
    },
  });
  const { data, out, python } = values;
  const evaluationData = values['eval-data'];
  if (!data || !evaluationData || !out) {
    throw new Error('Give --data and --eval-data (CIFAR-10 dataset files), and --out FOLDER.');
  }
  return {
    data: resolve(data),
    evaluationData: resolve(evaluationData),
    out: resolve(out),
    epochs: Number(values.epochs),
    batch: Number(values.batch),
    learningRate: Number(values['learning-rate']),
    heldOut: Number(values['held-out']),
    seed: Number(values.seed),
    python,
  };
}
