import { describe, expect, it } from 'vitest';
import { pruneHandlers } from '../../../src/engine/pruneHandlers';
import { createTrainThrottle } from '../../../src/engine/progressThrottle';
import { createRunningTrainings } from '../../../src/engine/runningTrainings';
import { createTrainControl } from '../../../src/engine/trainControl';
import { trainHandlers } from '../../../src/engine/trainHandlers';
import type { TrainProgress } from '../../../src/protocol';

const context = { onProgress: () => undefined, signal: new AbortController().signal, log: () => undefined };

/** Whether a promise has settled once everything that is due has run. */
async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('the control of a training', () => {
  it('holds a paused training until it goes on', async () => {
    const control = createTrainControl(new AbortController().signal);
    expect(await hasSettled(control.whenRunning())).toBe(true);
    control.act('pause');
    const waiting = control.whenRunning();
    expect([control.isPaused(), await hasSettled(waiting)]).toEqual([true, false]);
    control.act('resume');
    expect([control.isPaused(), await hasSettled(waiting)]).toEqual([false, true]);
  });

  it('lets a paused training go on when it is to end or is cancelled', async () => {
    const abort = new AbortController();
    const ended = createTrainControl(abort.signal);
    ended.act('pause');
    const first = ended.whenRunning();
    ended.act('finish');
    expect([ended.isFinishing(), await hasSettled(first)]).toEqual([true, true]);
    const cancelled = createTrainControl(abort.signal);
    cancelled.act('pause');
    const second = cancelled.whenRunning();
    abort.abort();
    expect([cancelled.isFinishing(), await hasSettled(second)]).toEqual([false, true]);
  });

  it('forgets what was asked of a training when the next step of a recipe begins', async () => {
    const trainings = createRunningTrainings();
    await trainings.add('recipe', new AbortController().signal, async (control) => {
      const asked = ['pause', 'finish'].map((action) =>
        trainings.act('recipe', action === 'pause' ? 'pause' : 'finish'),
      );
      expect([...asked, control.isPaused(), control.isFinishing()]).toEqual([true, true, false, true]);
      control.renew();
      expect(control.isFinishing()).toBe(false);
      trainings.act('recipe', 'pause');
      const waiting = control.whenRunning();
      control.renew();
      expect([control.isPaused(), await hasSettled(waiting)]).toEqual([false, true]);
      await expect(trainings.add('recipe', new AbortController().signal, async () => 1)).rejects.toThrow('recipe');
    });
    expect(trainings.act('recipe', 'pause')).toBe(false);
  });

  it('is not known for a training that does not run', async () => {
    await expect(
      trainHandlers(createRunningTrainings())['train/control']({ run: 'a', action: 'pause' }, context),
    ).resolves.toEqual({
      known: false,
    });
  });
});

describe('states of a training on their way to the host', () => {
  it('are thinned out, but for ends of epochs and pauses', () => {
    let now = 0;
    const sent: number[] = [];
    const send = createTrainThrottle(
      ({ step }) => sent.push(step),
      () => now,
    );
    const state = (step: number, rest: Partial<TrainProgress> = {}): TrainProgress => ({
      epoch: 1,
      epochs: 1,
      step,
      steps: 9,
      loss: 1,
      learningRate: 0.1,
      samplesPerSecond: 1,
      remainingSeconds: 1,
      isPaused: false,
      start: { loss: 2 },
      ...rest,
    });
    const epoch = { epoch: 1, loss: 1, heldOutLoss: 1, learningRate: 0.1, seconds: 1 };
    send(state(1));
    send(state(2));
    send(state(3, { finishedEpoch: epoch }));
    send(state(4, { isPaused: true }));
    now = 1000;
    send(state(5, { isPaused: true }));
    expect(sent).toEqual([1, 3, 4, 5]);
  });
});

describe('wrong parameters', () => {
  it.each([
    ['a relative path', { run: 'a', model: 'm.onnx', settings: {} }, /"model": must be an absolute path/],
    ['an unknown setting', { run: 'a', model: '/m.onnx', settings: { speed: 1 } }, /"settings"/],
    ['no name', { model: '/m.onnx', settings: {} }, /"run"/],
  ])('of a training are refused: %s', async (_what, params, message) => {
    const handle = trainHandlers(createRunningTrainings())['model/train'] as (
      params: unknown,
      context: unknown,
    ) => Promise<unknown>;
    await expect(handle(params, context)).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['model/prune', { model: '/m.onnx', settings: { method: 'channels' } }, /"settings\.method"/],
    ['model/prunePreview', { model: '/m.onnx', method: 'channel', amounts: [2] }, /"amounts\.0"/],
  ] as const)('of %s are refused', async (method, params, message) => {
    const handle = pruneHandlers()[method] as (params: unknown, context: unknown) => Promise<unknown>;
    await expect(handle(params, context)).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringMatching(message),
    });
  });
});
