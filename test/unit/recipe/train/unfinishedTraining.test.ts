import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrainParams } from '../../../../src/protocol';
import { checkpointFile } from '../../../../src/recipe/train/checkpointFile';
import { originOf } from '../../../../src/recipe/train/checkpointOrigin';
import { unfinishedTraining } from '../../../../src/recipe/train/unfinishedTraining';
import { trainModel } from '../../../../src/recipe/trainModel';
import { decodeCheckpoint, encodeCheckpoint, readCheckpointHeader } from '../../../../src/train/loop/checkpoint';
import type { TrainState } from '../../../../src/train/loop/trainState';
import { memorySource } from '../../../../src/util/byteSource';
import { CancelledError } from '../../../../src/util/pressError';
import { bundleTrainWorker } from '../../../fixtures/bundle';

const SAMPLE = join(__dirname, '../../../../media/sample');

let folder: string;
let model: string;
let data: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unfinished-'));
  model = join(folder, 'digits.onnx');
  data = join(folder, 'digits.dataset.json');
  copyFileSync(join(SAMPLE, 'digits.onnx'), model);
  writeFileSync(data, '{}');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const weights = Float32Array.of(1, 2);
const none = new Float32Array(0);

/** The state of a training after so many epochs. */
function stateAfter(epochs: number): TrainState {
  const own = { weights, statistics: none };
  const figures = { loss: 1 };
  const history = Array.from({ length: epochs }, (_, i) => ({
    epoch: i + 1,
    loss: 1,
    heldOutLoss: 2,
    learningRate: 0.1,
    seconds: 1,
  }));
  const sums = { step: 1, position: 1, lossSum: 1, correctSum: 1 };
  return { ...own, ...sums, slots: {}, epoch: epochs, history, start: figures, best: { ...own, epoch: 0, figures } };
}

/** Leaves the checkpoint of a training that was asked for with `params`; returns where it lies. */
function leave(params: Partial<TrainParams> = {}, { epochs = 2, name = 'digits.trained', run = 'one' } = {}): string {
  const asked: TrainParams = { model, data, settings: { epochs: 10 }, ...params };
  const before = new Set(checkpoints());
  const file = checkpointFile(join(folder, `${name}.onnx`), model, false);
  file.write(stateAfter(epochs), { run, origin: originOf(asked) });
  file.release();
  const written = checkpoints().find((path) => !before.has(path));
  if (written === undefined) throw new Error('No checkpoint was written.');
  return written;
}

function checkpoints(): string[] {
  const runs = join(folder, '.onnx-press');
  mkdirSync(runs, { recursive: true });
  return readdirSync(runs).map((name) => join(runs, name));
}

/** As if the file had been written so many seconds ago. */
function age(path: string, seconds: number): void {
  const time = Date.now() / 1000 - seconds;
  utimesSync(path, time, time);
}

describe('unfinishedTraining', () => {
  it('is none while a process trains from the checkpoint, which no other goes on from', () => {
    const output = join(folder, 'digits.trained.onnx');
    const path = leave();
    expect(unfinishedTraining(model)?.checkpointPath).toBe(path);
    const running = checkpointFile(output, model, true);
    running.read('one');
    expect(unfinishedTraining(model)).toBeNull();
    expect(() => checkpointFile(output, model, true).read('one')).toThrow(/is running/);
    running.release();
    expect(unfinishedTraining(model)?.checkpointPath).toBe(path);
    // What a killed process has left is no lock.
    writeFileSync(`${path}.lock`, '2147483646');
    expect(unfinishedTraining(model)?.checkpointPath).toBe(path);
    expect(checkpointFile(output, model, true).read('one')?.epoch).toBe(2);
  });

  it('finds the epoch that a training stopped in, when, and what it was asked for', () => {
    const path = leave({ seed: 3, workers: 2, trusted: true, resume: true });
    age(path, 60);
    const found = unfinishedTraining(model);
    expect(found).toMatchObject({ epoch: 3, epochs: 10, history: [{ epoch: 1 }, { epoch: 2 }] });
    // What a person allowed once is not allowed by a file.
    expect(found?.params).toEqual({ model, data, seed: 3, workers: 2, resume: true, settings: { epochs: 10 } });
    expect(Date.now() - (found?.savedAtMs ?? 0)).toBeGreaterThan(59_000);
  });

  it('is null where there is none, and for another model of the same folder', () => {
    expect(unfinishedTraining(model)).toBeNull();
    leave();
    copyFileSync(model, join(folder, 'other.onnx'));
    expect(unfinishedTraining(join(folder, 'other.onnx'))).toBeNull();
    expect(unfinishedTraining(join(folder, 'nowhere', 'digits.onnx'))).toBeNull();
  });

  it('takes the latest, whatever it is called', () => {
    age(leave({}, { epochs: 1 }), 200);
    age(leave({}, { epochs: 5 }), 100);
    age(leave({}, { epochs: 7, name: 'digits.w4a8' }), 150);
    expect(unfinishedTraining(model)?.epoch).toBe(6);
  });

  it('counts the last epoch when all are done and only the result is missing', () => {
    leave({}, { epochs: 10 });
    expect(unfinishedTraining(model)?.epoch).toBe(10);
  });

  it.each([
    ['cut off', (path: string) => truncateSync(path, 400)],
    ['without its last vector', (path: string) => truncateSync(path, readFileSync(path).length - 4)],
    ['empty', (path: string) => truncateSync(path, 0)],
    ['overwritten', (path: string) => writeFileSync(path, 'something else entirely')],
    [
      'of another version',
      (path: string) => writeFileSync(path, readFileSync(path, 'latin1').replace('"origin"', '"origan"'), 'latin1'),
    ],
  ])('passes over a checkpoint that is %s, and takes the one before', (_what, damage) => {
    age(leave({}, { epochs: 4 }), 100);
    damage(leave());
    expect(unfinishedTraining(model)?.epoch).toBe(5);
  });

  it.each([
    ['the model', () => appendFileSync(model, Uint8Array.of(0x9a, 0x06, 0))],
    ['the teacher', () => appendFileSync(join(folder, 'teacher.onnx'), Uint8Array.of(0x9a, 0x06, 0))],
    ['the data', () => rmSync(data)],
  ])('is null when %s is not what it was: the training could not go on', (_what, change) => {
    const teacher = join(folder, 'teacher.onnx');
    copyFileSync(model, teacher);
    leave({ teacher });
    expect(unfinishedTraining(model)).not.toBeNull();
    change();
    expect(unfinishedTraining(model)).toBeNull();
  });

  it('takes no checkpoint that would write somewhere else', () => {
    leave({ output: join(dirname(folder), 'elsewhere.onnx') });
    expect(unfinishedTraining(model)).toBeNull();
  });
});

describe('checkpointFile', () => {
  it('goes on with the checkpoint of the same training, though another is newer and its name is taken', () => {
    age(leave({}, { epochs: 4, run: 'one' }), 100);
    leave({}, { epochs: 1, run: 'two' });
    // The result has a number now, since a training that was started anew has written its model.
    const file = checkpointFile(join(folder, 'digits.trained-2.onnx'), model, true);
    expect(file.read('one')?.epoch).toBe(4);
    file.remove();
    expect(checkpoints().map((path) => path.slice(-13))).toEqual(['-2.checkpoint']);
  });

  it('says why it cannot go on: nothing there, another training, or a damaged file', () => {
    const output = join(folder, 'digits.trained.onnx');
    expect(() => checkpointFile(output, model, true)).toThrow(/no unfinished training/);
    const path = leave();
    expect(() => checkpointFile(output, model, true).read('two')).toThrow(/another model, other data/);
    truncateSync(path, 300);
    expect(() => checkpointFile(output, model, true).read('one')).toThrow(/cut off/);
  });
});

describe('a training that was cancelled', () => {
  it('goes on with what is stored alone, and ends with the same bytes as an undisturbed one', async () => {
    const workers = bundleTrainWorker();
    try {
      const workerPath = join(workers, 'trainWorker.js');
      const context = { onProgress: () => undefined, log: () => undefined, workerPath };
      const signal = new AbortController().signal;
      const real = join(SAMPLE, 'digits-calibration.dataset.json');
      const asked: TrainParams = {
        model,
        data: real,
        workers: 2,
        settings: { augmentation: { flip: true }, epochs: 2, batchSize: 32, optimizer: 'adam' },
      };
      const whole = await trainModel({ ...asked, output: join(folder, 'whole.onnx') }, { ...context, signal });
      const cancelled = new AbortController();
      const onTrain = ({ epoch, step }: { epoch: number; step: number }): void => {
        if (epoch === 2 && step === 2) cancelled.abort();
      };
      const stopped = trainModel(asked, { ...context, signal: cancelled.signal, onTrain });
      await expect(stopped).rejects.toBeInstanceOf(CancelledError);
      const found = unfinishedTraining(model);
      expect(found).toMatchObject({ epoch: 2, epochs: 2, history: [{ epoch: 1 }] });
      if (found === null) return;
      const checkpoint = join(folder, '.onnx-press', 'digits.trained.checkpoint');
      const bytes = readFileSync(checkpoint);
      // Keys come in another order through the checks of the engine.
      const settings = Object.fromEntries(Object.entries(found.params.settings).reverse());
      const resumed = await trainModel({ ...found.params, settings }, { ...context, signal });
      expect(resumed.outputPath).toBe(join(folder, 'digits.trained.onnx'));
      expect(readFileSync(resumed.outputPath).equals(readFileSync(whole.outputPath))).toBe(true);
      expect(unfinishedTraining(model)).toBeNull();

      // Going on from weights that are no numbers would come to the same each time: nothing is left to go on from.
      const { run, origin } = readCheckpointHeader(memorySource(bytes));
      const state = decodeCheckpoint(bytes, run);
      writeFileSync(checkpoint, encodeCheckpoint({ ...state, weights: state.weights.fill(NaN) }, run, origin));
      const diverging = trainModel(found.params, { ...context, signal });
      await expect(diverging).rejects.toMatchObject({ code: 'training-diverged' });
      expect(existsSync(checkpoint)).toBe(false);
    } finally {
      rmSync(workers, { recursive: true, force: true });
    }
  }, 60_000);
});
