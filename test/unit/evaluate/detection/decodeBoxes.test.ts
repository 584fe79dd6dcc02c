import { describe, expect, it } from 'vitest';
import { decodeBoxes } from '../../../../src/evaluate/detection/decodeBoxes';
import { overlapOf } from '../../../../src/evaluate/detection/box';
import { floats } from '../fakes';

const box = { left: 10, top: 20, right: 30, bottom: 60 };

describe('decodeBoxes', () => {
  it.each([
    ['xyxy', [10, 20, 30, 60]],
    ['yxyx', [20, 10, 60, 30]],
    ['xywh', [10, 20, 20, 40]],
    ['cxcywh', [20, 40, 20, 40]],
  ] as const)('reads boxes as %s', (boxFormat, values) => {
    const outputs = { boxes: floats([1, 4], values), scores: floats([1], [0.5]) };
    expect(decodeBoxes(outputs, { boxes: 'boxes', scores: 'scores', boxFormat })).toEqual([
      { ...box, label: 0, score: 0.5 },
    ]);
  });

  it('reads the combined tensor of YOLO in rows and in columns', () => {
    const rows = [10, 20, 30, 60, 0.25, 0.75];
    const expected = [
      { ...box, label: 1, score: 0.75 },
      { ...box, label: 0, score: 0.25 },
    ];
    expect(decodeBoxes({ o: floats([1, 6], rows) }, { output: 'o' })).toEqual(expected);
    expect(decodeBoxes({ o: floats([6, 1], rows) }, { output: 'o', layout: 'columns' })).toEqual(expected);
    const certain = floats([1, 7], [10, 20, 30, 60, 0.5, 0.25, 0.75]);
    const scored = decodeBoxes({ o: certain }, { output: 'o', fields: 'objectness-scores' });
    expect(scored.map(({ score }) => score)).toEqual([0.375, 0.125]);
    expect(
      decodeBoxes({ o: floats([1, 6], [10, 20, 30, 60, 0.5, 7]) }, { output: 'o', fields: 'score-class' }),
    ).toEqual([{ ...box, label: 7, score: 0.5 }]);
  });

  it('turns scores into probabilities and leaves the background out', () => {
    const outputs = { b: floats([1, 4], [10, 20, 30, 60]), s: floats([1, 3], [0, Math.log(2), Math.log(5)]) };
    const softmax = decodeBoxes(outputs, { boxes: 'b', scores: 's', activation: 'softmax', background: true });
    expect(softmax.map(({ label }) => label)).toEqual([1, 0]);
    expect(softmax[0]?.score).toBeCloseTo(5 / 8, 6);
    const sigmoid = decodeBoxes(outputs, { boxes: 'b', scores: 's', activation: 'sigmoid', confidence: 0.7 });
    expect(sigmoid.map(({ label }) => label)).toEqual([2]);
  });

  it('reads classes from an output of their own', () => {
    const outputs = {
      b: floats([2, 4], [0, 0, 5, 5, 10, 20, 30, 60]),
      s: floats([2], [0.4, 0.9]),
      c: floats([2], [3, 1]),
    };
    const found = decodeBoxes(outputs, { boxes: 'b', scores: 's', classes: 'c' });
    expect(found.map(({ label, score }) => [label, Math.fround(score)])).toEqual([
      [1, Math.fround(0.9)],
      [3, Math.fround(0.4)],
    ]);
  });

  it('drops boxes that overlap a better one of their class', () => {
    const outputs = {
      b: floats([3, 4], [0, 0, 10, 10, 1, 0, 11, 10, 1, 0, 11, 10]),
      s: floats([3, 2], [0.9, 0, 0.8, 0, 0, 0.7]),
    };
    const decoder = { boxes: 'b', scores: 's', confidence: 0.1 };
    const labels = (nms: number | false) => decodeBoxes(outputs, { ...decoder, nms }).map(({ label }) => label);
    expect(labels(0.5)).toEqual([0, 1]);
    expect(labels(0.9)).toEqual([0, 0, 1]);
    expect(labels(false)).toEqual([0, 0, 1]);
    expect(decodeBoxes(outputs, { ...decoder, nms: false, maxDetections: 2 })).toHaveLength(2);
  });

  it('leaves out boxes that are no numbers, and refuses outputs that do not fit', () => {
    const outputs = { b: floats([1, 4], [NaN, 0, 1, 1]), s: floats([2], [1, 1]), n: floats([1], [1]) };
    expect(decodeBoxes(outputs, { boxes: 'b', scores: 'n' })).toEqual([]);
    expect(() => decodeBoxes(outputs, { boxes: 'b', scores: 's' })).toThrow(/output "s" of shape \[2\].*1 boxes/);
    expect(() => decodeBoxes(outputs, { output: 'nothing' })).toThrow(/the model has "b", "s", "n"/);
    expect(() => decodeBoxes(outputs, { output: 'b' })).toThrow(/too few values a box/);
  });
});

describe('overlapOf', () => {
  it('is intersection over union', () => {
    expect(overlapOf(box, box)).toBe(1);
    expect(overlapOf(box, { left: 20, top: 20, right: 40, bottom: 60 })).toBeCloseTo(1 / 3, 12);
    expect(overlapOf(box, { left: 30, top: 20, right: 40, bottom: 60 })).toBe(0);
  });
});
