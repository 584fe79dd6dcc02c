import { afterEach, describe, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint, readCheckpointHeader } from '../../../src/train/loop/checkpoint';
import type { TrainState } from '../../../src/train/loop/trainState';
import { startState, trainLoop } from '../../../src/train/loop/trainLoop';
import { memorySource } from '../../../src/util/byteSource';
import { tinyNetwork, tinyTraining, type TinySettings, type TinyTraining } from './tinyTraining';
import type { StepRunner } from '../../../src/train/step/stepRunner';

const open: TinyTraining[] = [];
const prepare = async (settings: TinySettings = {}): Promise<TinyTraining> => {
  const training = await tinyTraining(settings);
  open.push(training);
  return training;
};
afterEach(async () => {
  for (const training of open.splice(0)) await training.release();
});

async function run(settings: TinySettings = {}) {
  const training = await prepare(settings);
  const begun = await startState(training.options, training.graphs.start);
  return { ...training, begun, ...(await trainLoop(training.options, begun)) };
}

describe('the training loop', () => {
  it('learns stripes: the loss falls and held-out samples become right', async () => {
    const { state, begun, endedBy, progress } = await run({ epochs: 12 });
    expect(endedBy).toBe('epochs');
    expect(state.history).toHaveLength(12);
    expect(begun.start.accuracy).toBeLessThan(0.7);
    expect(state.best.figures.accuracy).toBeGreaterThan(0.9);
    expect(state.history.at(-1)?.loss).toBeLessThan(0.5 * (state.history[0]?.loss ?? 0));
    expect(progress.filter(({ finishedEpoch }) => finishedEpoch)).toHaveLength(12);
    expect(progress.at(-1)?.remainingSeconds).toBe(0);
  });

  it('goes on bit for bit from a checkpoint of any step', async () => {
    const settings: TinySettings = {
      epochs: 3,
      student: tinyNetwork(4, { batchNorm: true }),
      batchNorm: 'train',
      optimiser: { optimizer: 'adamw', averageDecay: 0.9, clipNorm: 1 },
      augmentation: { flip: true, cropPadding: 1, cutout: 2, mixup: 0.4 },
      learningRate: 0.01,
    };
    const checkpoints: Uint8Array[] = [];
    const training = await prepare(settings);
    const onState = (state: TrainState): number => checkpoints.push(encodeCheckpoint(state, 'run', null));
    const whole = await trainLoop(
      { ...training.options, onState },
      await startState(training.options, training.graphs.start),
    );
    expect(checkpoints).toHaveLength(3 * 3 + 3);
    const last = withoutSeconds(whole.state);
    for (const at of [0, 1, 2, 3, 4, 6, 9]) {
      const again = await prepare(settings);
      const { state } = await trainLoop(
        again.options,
        decodeCheckpoint(Buffer.from(checkpoints[at] as Uint8Array), 'run'),
      );
      expect(withoutSeconds(state), `from checkpoint ${at}`).toEqual(last);
    }
  });

  it('moves the statistics of BatchNormalization while training, and measures with them', async () => {
    const { state, begun } = await run({ student: tinyNetwork(4, { batchNorm: true }), batchNorm: 'train', epochs: 6 });
    expect(begun.statistics).toHaveLength(8);
    expect([...state.statistics]).not.toEqual([...begun.statistics]);
    expect(state.best.figures.accuracy).toBeGreaterThan(begun.start.accuracy ?? 1);
  });

  it('holds masked weights at zero', async () => {
    const { graphs } = await prepare();
    const [first] = graphs.weights;
    if (!first) throw new Error('no weights');
    const mask = Float32Array.from({ length: first.length }, (_, i) => i % 2);
    const { state } = await run({ masks: new Map([[first.name, mask]]), epochs: 2 });
    const weights = [...state.weights.subarray(0, first.length)];
    expect(weights.filter((_, i) => i % 2 === 0).every((value) => value === 0)).toBe(true);
    expect(weights.filter((_, i) => i % 2 === 1).some((value) => value === 0)).toBe(false);
  });

  it('ends when nothing gets better, and keeps the best', async () => {
    const { state, endedBy } = await run({ epochs: 50, patience: 2, learningRate: 0.1 });
    expect(endedBy).toBe('patience');
    expect(state.epoch - state.best.epoch).toBe(2);
    const best = Math.max(...state.history.map(({ heldOutAccuracy = 0 }) => heldOutAccuracy));
    expect(state.best.figures.accuracy).toBe(best);
  });

  it('ends on request in the middle of an epoch', async () => {
    const training = await prepare();
    let steps = 0;
    const control = { whenRunning: () => Promise.resolve(), isPaused: () => false, isFinishing: () => steps >= 2 };
    const onState = (): number => steps++;
    const start = await startState(training.options, training.graphs.start);
    const { state, endedBy } = await trainLoop({ ...training.options, control, onState }, start);
    expect([endedBy, state.epoch, state.step]).toEqual(['request', 0, 2]);
  });

  it('counts no pause in speed, remaining time and the length of an epoch', async () => {
    const told = async (pauseSeconds: number) => {
      const { options, graphs, progress } = await prepare({ epochs: 2 });
      let seconds = 0;
      const runner: StepRunner = {
        step: (shards, state) => {
          seconds += 2;
          return options.runner.step(shards, state);
        },
        evaluate: (shards, state) => options.runner.evaluate(shards, state),
      };
      const whenRunning = (): Promise<void> => Promise.resolve(void (seconds += pauseSeconds));
      const control = { whenRunning, isPaused: () => true, isFinishing: () => false };
      const timed = { ...options, runner, control, now: () => seconds };
      const { state } = await trainLoop(timed, await startState(timed, graphs.start));
      const figures = progress.map(({ samplesPerSecond, remainingSeconds }) => [samplesPerSecond, remainingSeconds]);
      return { figures, epochs: state.history.map((epoch) => epoch.seconds) };
    };
    const undisturbed = await told(0);
    expect(undisturbed.epochs).toEqual([6, 6]);
    expect(undisturbed.figures[0]).toEqual([8, 10]);
    expect(await told(1000)).toEqual(undisturbed);
  });

  it('stops with a reason when the loss is no number', async () => {
    await expect(run({ learningRate: 1e30 })).rejects.toThrow(/diverged.*--learning-rate/);
  });

  it('refuses a checkpoint of another run and a file that is none', async () => {
    const { options, graphs } = await prepare();
    const bytes = encodeCheckpoint(await startState(options, graphs.start), 'one', null);
    expect(() => decodeCheckpoint(bytes, 'two')).toThrow(/another model/);
    expect(() => decodeCheckpoint(new Uint8Array(100), 'one')).toThrow(/not a checkpoint/);
    expect(() => decodeCheckpoint(new Uint8Array(3), 'one')).toThrow(/not a checkpoint/);
    expect(() => decodeCheckpoint(bytes.subarray(0, bytes.length - 8), 'one')).toThrow(/cut off/);
    expect(() => decodeCheckpoint(bytes.subarray(0, 50), 'one')).toThrow(/cut off/);
  });

  it('says of a checkpoint where it comes from and how far it is, from its beginning alone', async () => {
    const { options, graphs } = await prepare({ epochs: 2 });
    const { state } = await trainLoop(options, await startState(options, graphs.start));
    const bytes = encodeCheckpoint(state, 'one', { model: 'a.onnx' });
    const reads: number[] = [];
    const whole = memorySource(bytes);
    const source = { size: whole.size, read: (at: number, length: number) => (reads.push(at), whole.read(at, length)) };
    const { run, origin, epoch, history } = readCheckpointHeader(source);
    expect({ run, origin, epoch }).toEqual({ run: 'one', origin: { model: 'a.onnx' }, epoch: 2 });
    expect(history).toEqual(state.history);
    expect(reads).toEqual([0, 8]);
  });

  it.each([
    ['no JSON', (text: string) => text.replace('{', '[')],
    ['a number that is a word', (text: string) => text.replace('"epoch":0', '"epoch":x')],
    ['lengths that are none', (text: string) => text.replace('"lengths":[', '"lengths":["')],
    ['another shape', (text: string) => text.replace('"history"', '"histery"')],
  ])('refuses a header with %s, and says that it is damaged', async (_what, damage) => {
    const { options, graphs } = await prepare();
    const bytes = Buffer.from(encodeCheckpoint(await startState(options, graphs.start), 'one', null));
    const length = bytes.readUInt32LE(4);
    const header = damage(bytes.toString('utf8', 8, 8 + length)).slice(0, length);
    bytes.write(header, 8);
    expect(() => decodeCheckpoint(bytes, 'one')).toThrow(/damaged/);
  });
});

describe('distillation', () => {
  it.each([
    { features: 'attention' },
    { features: 'hint', featureWeight: 1 },
    { features: 'similarity' },
    { features: 'relational' },
    { answers: 'dist' },
  ] as const)('learns from a teacher without labels, with %o', async (distillation) => {
    const learned = await run({ epochs: 10 });
    const { weights } = learned.graphs;
    const teacher = tinyNetwork();
    const { writeVector } = await import('../../../src/train/step/weightVector');
    writeVector(teacher, weights, learned.state.best.weights);
    const student = tinyNetwork(4, { seed: 50 });
    const { state, begun } = await run({
      teacher,
      student,
      labelled: false,
      epochs: 15,
      learningRate: 0.02,
      distillation,
    });
    expect(state.best.figures.accuracy).toBeGreaterThan((begun.start.accuracy ?? 1) + 0.2);
  });
});

/** How long an epoch took is the only thing that may differ. */
function withoutSeconds(state: TrainState): unknown {
  return { ...state, history: state.history.map(({ seconds: _seconds, ...epoch }) => epoch) };
}
