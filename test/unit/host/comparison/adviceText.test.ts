import { expect, it } from 'vitest';
import { adviceText, comparisonAdvice } from '../../../../src/host/comparison/adviceText';
import type { Advice } from '../../../../src/protocol';

const loss: Advice = { code: 'accuracy-loss', message: 'As written.', figures: { lostPoints: 2.5 }, actions: [] };

it('says an advice with its own figures and what fits the mode', () => {
  expect(adviceText(loss, 'static')).toBe(
    'Accuracy fell by 2.50 points. Try more calibration samples, another calibration method, or mixed precision, which keeps the sensitive layers in float.',
  );
  expect(adviceText(loss, 'fp16')).toContain('another mode');
  expect(adviceText(loss, undefined)).toContain('error by layer');
});

it('has words of its own for every code with figures', () => {
  const figures = {
    lostPoints: 1,
    agreement: 0.9,
    accuracy: 0.1,
    speedup: 0.5,
    layers: 2,
    conversions: 4,
    saturated: 7,
    missingPoints: 1,
    epochs: 3,
    amount: 0.3,
    temperature: 2,
    labelWeight: 0.1,
  };
  const codes: readonly Advice['code'][] = [
    'accuracy-loss',
    'low-agreement',
    'low-baseline',
    'slower',
    'float-islands',
    'saturates',
    'not-recovered',
    'unstable-distillation',
  ];
  for (const code of codes) {
    const text = adviceText({ code, message: 'As written.', figures, actions: [] }, undefined);
    expect(text, code).toMatch(/[a-z]\.$/);
    expect(text, code).not.toMatch(/As written|NaN|undefined|\{/);
  }
});

it('keeps the words of an advice whose figures are missing', () => {
  expect(adviceText({ ...loss, figures: {} }, 'static')).toBe('As written.');
});

it('advises on the figures of the comparison, with the actions and the further advice of the report', () => {
  const islands: Advice = { code: 'float-islands', message: 'Islands.', figures: {}, actions: [] };
  const slower: Advice = { code: 'slower', message: 'Slower.', figures: { speedup: 0.5 }, actions: [] };
  const reportedLoss: Advice = { ...loss, figures: { lostPoints: 9 }, actions: [{ kind: 'run', command: 'mixed' }] };
  expect(comparisonAdvice([loss], [reportedLoss, slower, islands])).toEqual([
    { ...loss, actions: reportedLoss.actions },
    islands,
  ]);
  expect(comparisonAdvice([loss], undefined)).toEqual([loss]);
  expect(comparisonAdvice(undefined, undefined)).toEqual([]);
});
