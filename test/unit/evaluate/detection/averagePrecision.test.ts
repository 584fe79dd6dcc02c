import { describe, expect, it } from 'vitest';
import type { TrueBox } from '../../../../src/data/annotations';
import {
  averagePrecisions,
  matchClasses,
  meanPrecisions,
  THRESHOLDS,
  type ImageBoxes,
} from '../../../../src/evaluate/detection/averagePrecision';
import type { Detection } from '../../../../src/evaluate/detection/box';

/** A box of 10 by 10 pixels that starts at `left`. */
const truth = (left: number, label = 0, isCrowd = false): TrueBox => ({
  ...{ left, top: 0, right: left + 10, bottom: 10 },
  ...{ label, isCrowd },
});
const found = (left: number, score: number, label = 0): Detection => ({
  ...{ left, top: 0, right: left + 10, bottom: 10 },
  ...{ label, score },
});
const precisions = (images: readonly ImageBoxes[], weights?: readonly number[]) =>
  matchClasses(images).map((matches) => averagePrecisions(matches, weights));

describe('average precision', () => {
  it('is 1 for perfect boxes and 0 for none', () => {
    expect(precisions([{ found: [found(0, 0.9)], truth: [truth(0)] }])).toEqual([THRESHOLDS.map(() => 1)]);
    expect(precisions([{ found: [], truth: [truth(0)] }])).toEqual([THRESHOLDS.map(() => 0)]);
  });

  it('reads precision at 101 recalls', () => {
    // Right, wrong, right: precision 1 up to recall 1/2, then 2/3.
    const images = [{ found: [found(0, 0.9), found(50, 0.8), found(20, 0.7)], truth: [truth(0), truth(20)] }];
    expect(precisions(images)[0]?.[0]).toBeCloseTo((51 + 50 * (2 / 3)) / 101, 12);
  });

  it('counts a box at the thresholds that its overlap reaches', () => {
    // 8 of 10 columns shared: 80 / 120 = 0.667, enough for 0.5 to 0.65.
    const [row] = precisions([{ found: [found(2, 0.9)], truth: [truth(0)] }]);
    expect(row).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  });

  it('gives an object to the better of two detections', () => {
    const images = [{ found: [found(0, 0.6), found(0, 0.9)], truth: [truth(0), truth(30)] }];
    // Recall ends at 1/2; the second is wrong, after the first.
    expect(precisions(images)[0]?.[0]).toBeCloseTo(51 / 101, 12);
  });

  it('ignores what lies in a crowd', () => {
    const crowd = { ...truth(50, 0, true), right: 100 };
    const images = [{ found: [found(60, 0.95), found(70, 0.9), found(0, 0.5)], truth: [crowd, truth(0)] }];
    expect(precisions(images)[0]?.[0]).toBe(1);
  });

  it('averages classes that have objects', () => {
    const images = [{ found: [found(0, 0.9), found(0, 0.9, 2)], truth: [truth(0), truth(30, 1)] }];
    expect(meanPrecisions(matchClasses(images))).toEqual({ at50: 0.5, overall: 0.5 });
    expect(meanPrecisions(matchClasses([{ found: [found(0, 1)], truth: [] }])).overall).toBeNaN();
  });

  it('counts an image as often as its weight says', () => {
    const right = { found: [found(0, 0.9)], truth: [truth(0)] };
    const missed = { found: [found(40, 0.8)], truth: [truth(0)] };
    const [weighted] = precisions([right, missed], [2, 1]);
    const [repeated] = precisions([right, right, missed]);
    expect(weighted?.[0]).toBeCloseTo(repeated?.[0] ?? -1, 12);
    expect(precisions([right, missed], [0, 0])[0]?.[0]).toBeNaN();
  });
});
