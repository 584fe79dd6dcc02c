import { describe, expect, it } from 'vitest';
import { fittingLabel } from '../../../../webview/graph/scene/farLabel';
import { item } from './columnScene';

const relu = item('n:0', { title: 'Relu', category: 'activation' });
const overlay = {
  overlay: 'latency' as const,
  legend: { kind: 'scale' as const, title: 'Latency', low: '0', high: '1' },
  values: new Map([['n:0', { text: '0.4 ms', level: 0.4 }]]),
};

describe('fittingLabel', () => {
  it('writes the title as large as it fits, then smaller, then the sign, then nothing', () => {
    expect(fittingLabel(relu, {}, 60, 20)).toEqual({ text: 'Relu', font: 10 });
    expect(fittingLabel(relu, {}, 60, 9)).toEqual({ text: 'Relu', font: 7 });
    expect(fittingLabel(relu, {}, 12, 20)).toEqual({ text: 'ƒ', font: 7 });
    expect(fittingLabel(relu, {}, 60, 5)).toBeUndefined();
    const norm = item('n:1', { title: 'BatchNormalization' });
    expect(fittingLabel(norm, {}, 50, 20)?.text).toMatch(/^Batch\w*…$/);
  });

  it('writes the figure of an overlay rather than the title', () => {
    expect(fittingLabel(relu, { overlay }, 120, 20)).toEqual({ text: 'Relu 0.4 ms', font: 10 });
    expect(fittingLabel(relu, { overlay }, 50, 20)).toEqual({ text: '0.4 ms', font: 10 });
  });
});
