import { expect, it } from 'vitest';
import { warningText } from '../../../src/host/panels/warningText';
import { sampleReport } from '../../webview/sampleReport';

it('gives the figures of the report with a known warning', () => {
  const report = sampleReport();
  const say = (code: string): string => warningText({ code, message: 'As written.' }, report);
  expect(['few-samples', 'accuracy-loss', 'low-agreement', 'low-baseline', 'slower'].map(say)).toEqual([
    'Only 500 samples calibrated. Give a few hundred.',
    'Accuracy fell by 0.10 points. Try more calibration samples, another calibration method, or exclude nodes.',
    'Only 99.70 % of the answers are the same as before. Measure with labelled data before you use this model.',
    'The original itself is right on 98.00 % of the samples only. Check preprocessing and labels of the data.',
    'On this machine the quantized model is 3.00× as fast, so it is slower. Keep the original where speed matters.',
  ]);
});

it('says how a graph that computes in fp16 is loaded on a CPU', () => {
  const text = warningText({ code: 'fp16-for-gpu', message: 'As written.' }, sampleReport({ mode: 'fp16' }));
  expect(text).toContain('at graph optimization level "extended"');
});

it('says what became of convolutions in weights mode', () => {
  const say = (code: string): string => warningText({ code, message: 'As written.' }, sampleReport());
  expect(['kept-convolutions', 'stored-convolutions'].map(say)).toEqual([
    'Weights of convolutions stay floating-point; the command line stores them with --include-conv.',
    'Convolutions compute in floating point as before: the file is smaller, and runs no faster.',
  ]);
});

it('says what generated inputs mean for the mode', () => {
  const warning = { code: 'uncalibrated', message: 'As written.' };
  expect(warningText(warning, sampleReport())).toContain('ranges come from generated inputs');
  expect(warningText(warning, sampleReport({ mode: 'fp16' }))).toContain('Measured on generated inputs');
});

it('keeps the words of a warning that it does not know, or whose figure is missing', () => {
  expect(warningText({ code: 'data', message: 'Two rows are empty.' }, sampleReport())).toBe('Two rows are empty.');
  const bare = sampleReport({ accuracy: undefined });
  expect(warningText({ code: 'accuracy-loss', message: 'As written.' }, bare)).toBe('As written.');
});
