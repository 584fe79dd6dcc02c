import { describe, expect, it } from 'vitest';
import { TRAIN_STRINGS } from '../../src/protocol/trainStrings';
import type { TrainProgress, TrainingState } from '../../src/protocol';
import { hasEnded, newTraining, withProgress, withStage } from '../../src/host/panels/trainingRecord';
import { createFormats } from '../../webview/ui/format';
import { buildCurve } from '../../webview/panels/trainingCurves';
import { announcement, durationText, goOnText, trainingFigures } from '../../webview/panels/trainingFigures';

const SIZE = { width: 520, height: 260 };
const formats = createFormats('en');

function progress(rest: Partial<TrainProgress>): TrainProgress {
  return {
    epoch: 1,
    epochs: 2,
    step: 1,
    steps: 4,
    loss: 2,
    accuracy: 0.5,
    learningRate: 0.01,
    samplesPerSecond: 1234.5,
    remainingSeconds: 75,
    isPaused: false,
    start: { loss: 3, accuracy: 0.4 },
    ...rest,
  };
}

const ended = {
  epoch: 1,
  loss: 1.5,
  accuracy: 0.6,
  heldOutLoss: 1,
  heldOutAccuracy: 0.8,
  learningRate: 0.01,
  seconds: 1,
};

/** A training after its first epoch and one step of the second. */
function sampleState(): TrainingState {
  return [
    progress({}),
    progress({ step: 2, loss: 1.8 }),
    progress({ epoch: 2, step: 0, loss: 1.5, finishedEpoch: ended }),
    progress({ epoch: 2, step: 1, loss: 1.2, accuracy: 0.7 }),
  ].reduce(withProgress, newTraining({ model: 'a.onnx', data: 'd' }));
}

describe('the record of a training', () => {
  it('puts steps between their epochs and ends of epochs on them', () => {
    const { points, epochs, phase } = sampleState();
    expect(points.map(({ at, loss }) => [at, loss])).toEqual([
      [0.25, 2],
      [0.5, 1.8],
      [1, 1.5],
      [1.25, 1.2],
    ]);
    expect([epochs, phase]).toEqual([[ended], 'training']);
  });

  it('stays paused while a last step comes in, and does not change once it has ended', () => {
    const paused = withProgress({ ...sampleState(), phase: 'paused' }, progress({ epoch: 2, step: 2 }));
    expect(paused.phase).toBe('paused');
    const over: TrainingState = { ...paused, phase: 'cancelled' };
    expect([withProgress(over, progress({})), withStage(over, 'write', 'x'), hasEnded(over)]).toEqual([
      over,
      over,
      true,
    ]);
  });

  it('prepares before the first step and measures after the last', () => {
    const before = withStage(newTraining({ model: 'a', data: 'd' }), 'read', 'Reading');
    expect([before.phase, before.stage]).toEqual(['preparing', 'Reading']);
    expect(withProgress(before, progress({})).stage).toBeUndefined();
    expect(withStage(sampleState(), 'verify', 'Verifying').phase).toBe('measuring');
  });

  it('keeps few points of a long training, its ends of epochs among them', () => {
    let state = newTraining({ model: 'a', data: 'd' });
    for (let step = 0; step <= 3000; step++) {
      const epoch = Math.floor(step / 1000) + 1;
      state = withProgress(state, progress({ epoch, epochs: 4, step: step % 1000, steps: 1000 }));
    }
    expect(state.points.length).toBeLessThanOrEqual(400);
    expect(state.points.map(({ at }) => at)).toEqual(expect.arrayContaining([0, 1, 2, 3]));
  });
});

describe('a training that goes on', () => {
  const again = newTraining({ model: 'a', data: 'd' }, [ended]);

  it('begins with the epochs that are done, and draws them before its first step', () => {
    expect([again.phase, again.epochs, again.points]).toEqual([
      'waiting',
      [ended],
      [{ at: 1, loss: 1.5, accuracy: 0.6 }],
    ]);
    const [dot] = buildCurve(again, 'loss', SIZE)?.dots ?? [];
    expect(dot?.x).toBe(SIZE.width - 12);
    expect(announcement(again, TRAIN_STRINGS, formats)).toBe('Waiting for the run before');
    const next = withProgress(again, progress({ epoch: 2, step: 1 }));
    expect([next.epochs, next.points.map(({ at }) => at)]).toEqual([[ended], [1, 1.25]]);
  });

  it('says so to everybody once it has been cancelled or has failed', () => {
    const state: TrainingState = { ...sampleState(), phase: 'cancelled', unfinished: { epoch: 2, epochs: 10 } };
    const text = 'It can go on from epoch 2 of 10.';
    expect(goOnText(state, TRAIN_STRINGS, formats)).toBe(text);
    expect(announcement(state, TRAIN_STRINGS, formats)).toMatch(/Cancelled; no model was written It can go on/);
    expect(goOnText(sampleState(), TRAIN_STRINGS, formats)).toBeUndefined();
  });
});

describe('the curves of a training', () => {
  it('begin at the original and mark the best epoch', () => {
    const curve = buildCurve(sampleState(), 'accuracy', SIZE);
    expect(curve?.facts).toEqual({ start: 0.4, now: 0.8, best: 0.8 });
    expect(curve?.dots).toEqual([expect.objectContaining({ epoch: 1, isBest: true })]);
    const [dot] = curve?.dots ?? [];
    // Better is higher, and the middle of two epochs is the middle of the axis.
    expect(dot?.y).toBeLessThan(curve?.originalY ?? 0);
    expect(dot?.x).toBeCloseTo(((curve?.frame.left ?? 0) + (curve?.frame.right ?? 0)) / 2, 0);
    expect(curve?.heldOut).toBe(`M${curve?.frame.left},${curve?.originalY}L${dot?.x},${dot?.y}`);
    expect(curve?.xTicks.map(({ value }) => value)).toEqual([0, 1, 2]);
  });

  it('take the lowest loss for the best, and of equal accuracies the one of the lower loss', () => {
    const worse = { ...ended, epoch: 2, heldOutLoss: 1.4 };
    const equal = { ...ended, epoch: 2, heldOutLoss: 0.9 };
    const better = withProgress(sampleState(), progress({ epoch: 2, step: 0, finishedEpoch: equal }));
    expect(buildCurve(better, 'accuracy', SIZE)?.dots.map(({ isBest }) => isBest)).toEqual([false, true]);
    const state = withProgress(sampleState(), progress({ epoch: 2, step: 0, finishedEpoch: worse }));
    expect(buildCurve(state, 'loss', SIZE)?.facts).toEqual({ start: 3, now: 1.4, best: 1 });
    expect(buildCurve(state, 'loss', SIZE)?.dots.map(({ isBest }) => isBest)).toEqual([true, false]);
  });

  it('are left out where nothing was measured', () => {
    const empty = newTraining({ model: 'a', data: 'd' });
    expect(buildCurve(empty, 'loss', SIZE)).toBeUndefined();
    const { accuracy: _accuracy, ...lossOnly } = progress({ start: { loss: 3 } });
    expect(buildCurve(withProgress(empty, lossOnly), 'accuracy', SIZE)).toBeUndefined();
  });
});

describe('the figures of a training', () => {
  it('show a dash before the first step and the remaining time afterwards', () => {
    const empty = newTraining({ model: 'a', data: 'd' });
    expect(new Set(trainingFigures(empty, TRAIN_STRINGS, formats).map(([, value]) => value))).toEqual(new Set(['–']));
    expect(Object.fromEntries(trainingFigures(sampleState(), TRAIN_STRINGS, formats))).toEqual({
      Epoch: '2 of 2',
      Step: '1 of 4',
      Loss: '1.2',
      Accuracy: '70.00 %',
      'Learning rate': '0.01',
      'Samples per second': '1,235',
      Remaining: '1 min 15 s',
    });
  });

  it('write durations in two units', () => {
    expect([0, 59.2, 61, 7260].map((seconds) => durationText(seconds, TRAIN_STRINGS))).toEqual([
      '0 s',
      '1 min 0 s',
      '1 min 1 s',
      '2 h 1 min',
    ]);
  });

  it('announce ends of epochs and pauses, and no single step', () => {
    const state = sampleState();
    const text = announcement(state, TRAIN_STRINGS, formats);
    expect(text).toBe('Epoch 1 of 2 ended: held-out accuracy 80.00 %.');
    expect(announcement(withProgress(state, progress({ epoch: 2, step: 2 })), TRAIN_STRINGS, formats)).toBe(text);
    expect(announcement({ ...state, phase: 'paused' }, TRAIN_STRINGS, formats)).toBe(`${text} Paused`);
  });
});
