import { join } from 'node:path';
import type { TrainParams } from '../../src/protocol';
import { trainModel } from '../../src/recipe/trainModel';

/** Runs the training of the process's argument, and tells whoever started it of each step. */
async function main(): Promise<void> {
  const params = JSON.parse(process.argv[2] ?? '') as TrainParams; // of bench.ts
  await trainModel(params, {
    onProgress: () => undefined,
    log: () => undefined,
    signal: new AbortController().signal,
    workerPath: join(__dirname, 'trainworker.js'),
    onTrain: ({ epoch, step }) => process.send?.({ epoch, step }),
  });
  process.disconnect();
}

void main();
