import { describe, expect, it } from 'vitest';
import { GRAPH_STRINGS } from '../../../../src/protocol/graphStrings';
import { createFormats } from '../../../../webview/ui/format';
import { quantizationFacts } from '../../../../webview/graph/inspector/quantizationFacts';

const context = { strings: GRAPH_STRINGS, formats: createFormats('en') };
const perChannel = {
  dataType: 'int8',
  scales: [0.5, 0.25],
  zeroPoints: [0, 0],
  axis: 0,
  integerRange: [-128, 127],
} as const;
const unlisted = { ...perChannel, scales: [], zeroPoints: [] };

describe('quantizationFacts', () => {
  it('names the smallest and the largest scale, and what the integers reach', () => {
    expect(Object.fromEntries(quantizationFacts(perChannel, context))).toEqual({
      Type: 'int8',
      Integers: '-128 to 127',
      Scale: '0.25 to 0.5',
      'Zero point': '0',
      Range: '-64 to 63.5',
      Channels: '2',
      Axis: '0',
    });
  });

  it('says the same of scales that are too many to list', () => {
    const summary = { scaleCount: 128, scaleRange: [0.25, 0.5], zeroPointRange: [0, 0] } as const;
    expect(Object.fromEntries(quantizationFacts(unlisted, context, summary))).toEqual({
      Type: 'int8',
      Integers: '-128 to 127',
      Scale: '0.25 to 0.5',
      'Zero point': '0',
      Range: '-64 to 63.5',
      Channels: '128',
      Axis: '0',
    });
  });

  it('leaves out the range where the zero points of many channels differ', () => {
    const summary = { scaleCount: 128, scaleRange: [0.25, 0.5], zeroPointRange: [-3, 7] } as const;
    const facts = Object.fromEntries(quantizationFacts(unlisted, context, summary));
    expect([facts['Zero point'], facts['Range']]).toEqual(['-3 to 7', undefined]);
  });

  it('leaves out scale and range where they are computed at run time', () => {
    const summary = { scaleCount: 0, zeroPointRange: [0, 0] } as const;
    const facts = Object.fromEntries(quantizationFacts(unlisted, context, summary));
    expect([facts['Scale'], facts['Range'], facts['Channels']]).toEqual([undefined, undefined, undefined]);
  });
});
