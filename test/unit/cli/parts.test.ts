import { describe, expect, it } from 'vitest';
import { quantizeText } from '../../../src/cli/text/quantizeText';
import type { QuantizeReport } from '../../../src/protocol';
import { sampleReport } from '../../webview/sampleReport';
import { createProgressLine } from '../../../src/cli/progressLine';
import { quantizeSettings } from '../../../src/cli/commands/quantizeSettings';
import { QUANTIZE_OPTIONS } from '../../../src/cli/optionSpecs';
import { parseOptions } from '../../../src/cli/parseOptions';
import { suggest } from '../../../src/cli/suggest';

describe('suggest', () => {
  const commands = ['inspect', 'quantize', 'evaluate', 'compare', 'run', 'demo'];
  it.each([
    ['inspct', 'inspect'],
    ['quantise', 'quantize'],
    ['QUANTIZE', 'quantize'],
    ['eval', 'evaluate'],
    ['dmeo', 'demo'],
    ['rn', 'run'],
    ['publish', undefined],
    ['', undefined],
  ])('%s: %s', (word, expected) => {
    expect(suggest(word, commands)).toBe(expected);
  });
});

describe('createProgressLine', () => {
  const showAll = (isTTY: boolean): string => {
    let written = '';
    let time = 0;
    const target = { isTTY, columns: 20, write: (text: string) => (written += text) };
    const line = createProgressLine(target, () => time);
    for (let done = 0; done <= 300; done++) {
      time += 50;
      line.show({ stage: 'calibrate', done, total: 300 });
    }
    line.show({ stage: 'verify', done: 0, total: 0 });
    line.clear();
    return written;
  };

  it('redraws one line on a terminal, never wider than it, and erases it at the end', () => {
    const written = showAll(true);
    expect(written).not.toContain('\n');
    const shown = written.split('\r\u001b[K');
    expect(shown.at(-1)).toBe('');
    expect(shown.at(-2)).toBe('Verifying...');
    expect(Math.max(...shown.map((text) => text.length))).toBeLessThan(20);
    expect(shown.length).toBeLessThan(200);
  });

  it('writes a line a stage and one every ten seconds elsewhere', () => {
    expect(showAll(false)).toBe('Calibrating...\nCalibrating 200/300\nVerifying...\n');
  });
});

describe('quantizeText', () => {
  const textOf = (report: QuantizeReport): string => quantizeText({ outputPath: 'a', reportPath: 'b', report });

  it('says what learning the rounding gained, the layer that gained most first', () => {
    const { rounding = [], ...report } = sampleReport();
    const more = { node: 'conv3', weights: 800, changedWeights: 70, nearestError: 0.5, error: 0.4 };
    expect(textOf({ ...report, rounding: [...rounding, more] })).toContain(
      [
        'Rounding learned (AdaRound)',
        '  It lowered the error on held-out samples in 2 of 3 layers; 5.00 % of the weights left the nearest level.',
        '  Squared error of the output of a layer, most gained first:',
        '  conv2  0.5x  0.08 to 0.04',
        '  conv3  0.8x  0.5 to 0.4',
        '',
      ].join('\n'),
    );
    expect(textOf(report)).not.toContain('AdaRound');
  });
});

describe('quantizeSettings', () => {
  const settingsOf = (line: string) => quantizeSettings(parseOptions('quantize', line.split(' '), QUANTIZE_OPTIONS));

  it('leaves out what was not said', () => {
    expect(settingsOf('model.onnx')).toEqual({ mode: 'static' });
  });

  it('takes every option of static mode', () => {
    const line =
      '--calibration entropy --samples 100 --activations uint16 --per-tensor --reduce-range --no-bias-correction ' +
      '--rounding adaround ' +
      '--exclude Softmax --exclude=/head/* --keep-fp16 MatMul';
    expect(settingsOf(line)).toEqual({
      ...{ mode: 'static', calibration: 'entropy', calibrationSamples: 100, activationType: 'uint16' },
      ...{ perChannel: false, reduceRange: true, biasCorrection: false, exclude: ['Softmax', '/head/*'] },
      keepFp16: ['MatMul'],
      rounding: 'adaround',
    });
  });

  it('takes those of the other modes, the last of repeated ones', () => {
    expect(settingsOf('--mode fp16 --mode weights --bits 4 --block 32 --include-conv')).toEqual({
      ...{ mode: 'weights', weightBits: 4, blockSize: 32, includeConv: true },
    });
    expect(settingsOf('--mode fp16 --fp16-compute')).toEqual({ mode: 'fp16', fp16Compute: true });
  });
});
