import { describe, expect, it } from 'vitest';
import { adviceButtons } from '../../../../src/host/comparison/adviceActions';
import type { Advice, QuantizeParams } from '../../../../src/protocol';

const run: QuantizeParams = { model: '/m.onnx', data: '/d', settings: { mode: 'static', exclude: ['a'] } };

function advice(...actions: Advice['actions']): Advice {
  return { code: 'accuracy-loss', message: 'Accuracy fell.', figures: {}, actions };
}

describe('adviceButtons', () => {
  it('quantizes again with what the advice changes on top of what the run was made with', () => {
    const buttons = adviceButtons(
      advice({ kind: 'settings', settings: { calibration: 'entropy' } }, { kind: 'exclude', nodes: ['a', 'b'] }),
      run,
    );
    expect(buttons).toEqual([
      {
        label: 'Quantize Again: calibration entropy',
        step: { kind: 'quantize', params: { ...run, settings: { ...run.settings, calibration: 'entropy' } } },
      },
      {
        label: 'Quantize Without 2 Nodes',
        step: { kind: 'quantize', params: { ...run, settings: { ...run.settings, exclude: ['a', 'b'] } } },
      },
    ]);
  });

  it('offers no repetition of a run that is not known, and nothing that has no command', () => {
    const actions = advice(
      { kind: 'settings', settings: { perChannel: true } },
      { kind: 'run', command: 'mixed' },
      { kind: 'run', command: 'prune' },
      { kind: 'run', command: 'fusion' },
    );
    expect(adviceButtons(actions, undefined).map(({ label }) => label)).toEqual(['Check Fusion']);
  });

  it('searches mixed precision for static runs only', () => {
    const mixed = advice({ kind: 'run', command: 'mixed' });
    expect(adviceButtons(mixed, run).map(({ step }) => step.kind)).toEqual(['mixed']);
    expect(adviceButtons(mixed, { ...run, settings: { mode: 'weights' } })).toEqual([]);
  });
});
