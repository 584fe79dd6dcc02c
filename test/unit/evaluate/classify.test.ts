import { describe, expect, it } from 'vitest';
import { classScores, findClassOutput } from '../../../src/evaluate/classify';
import type { TensorInfo } from '../../../src/onnx/tensorValue';
import { createRandom } from '../../../src/util/random';
import { toFloat16 } from '../../../src/util/float16';
import { floatInfo, floats } from './fakes';

const image = floatInfo('image', [1, 3, 32, 32]);
const nameOf = (outputs: TensorInfo[], labelled = true, inputs = [image]): string | undefined =>
  findClassOutput(outputs, inputs, { labelled })?.name;

describe('findClassOutput', () => {
  it('takes [batch, classes] and [batch, classes, 1, 1], dynamic or not', () => {
    expect(nameOf([floatInfo('a', [1, 10])])).toBe('a');
    expect(nameOf([floatInfo('a', ['N', null])])).toBe('a');
    expect(nameOf([floatInfo('a', [1, 1000, 1, 1])])).toBe('a');
  });

  it('leaves boxes, maps, single scores and whole numbers alone', () => {
    const outputs: TensorInfo[] = [
      floatInfo('boxes', [1, 4420, 4]),
      floatInfo('mask', [1, 2, 144, 256]),
      floatInfo('score', [1, 1]),
      { name: 'index', type: 'int64', dims: [1, 10] },
    ];
    expect(nameOf(outputs)).toBeUndefined();
  });

  it('prefers the output that is named like scores', () => {
    expect(nameOf([floatInfo('embedding', [1, 64]), floatInfo('probabilities', [1, 10])])).toBe('probabilities');
    expect(nameOf([floatInfo('first', [1, 64]), floatInfo('second', [1, 10])])).toBe('first');
  });

  it('takes an output shaped like an input for a reconstruction, unless labels say otherwise', () => {
    const inputs = [floatInfo('x', ['N', 640])];
    expect(nameOf([floatInfo('y', ['N', 640])], false, inputs)).toBeUndefined();
    expect(nameOf([floatInfo('y', ['N', 640])], true, inputs)).toBe('y');
  });
});

describe('classScores', () => {
  it('breaks ties by the lowest index', () => {
    const scores = classScores(floats([2, 3], [1, 5, 5, 7, 7, 7]));
    expect([scores?.topClass(0), scores?.topClass(1)]).toEqual([1, 0]);
    expect([0, 1, 2].map((label) => scores?.isInTop(1, label, 2))).toEqual([true, true, false]);
  });

  it('ranks no class of a row without numbers, and any number above NaN', () => {
    const scores = classScores(floats([3, 3], [NaN, NaN, NaN, NaN, -Infinity, NaN, NaN, 2, Infinity]));
    expect([0, 1, 2].map((row) => scores?.topClass(row))).toEqual([-1, 1, 2]);
    expect(scores?.isInTop(0, 0, 3)).toBe(false);
  });

  it('reads half floats and trailing ones', () => {
    const data = Uint16Array.from([0.5, -1, 2], toFloat16);
    expect(classScores({ type: 'float16', dims: [1, 3, 1, 1], data })?.topClass(0)).toBe(2);
    expect(classScores(floats([1, 3, 2, 1], [1, 2, 3, 4, 5, 6]))).toBeUndefined();
  });

  it('agrees with sorting on random scores', () => {
    const random = createRandom(3);
    const classCount = 40;
    const values = Array.from({ length: 50 * classCount }, () => random.int(20));
    const scores = classScores(floats([50, classCount], values));
    for (let row = 0; row < 50; row++) {
      const own = values.slice(row * classCount, (row + 1) * classCount);
      const ranking = own
        .map((score, index) => ({ score, index }))
        .sort((a, b) => b.score - a.score || a.index - b.index);
      const label = random.int(classCount);
      expect(scores?.topClass(row)).toBe(ranking[0]?.index);
      expect(scores?.isInTop(row, label, 5)).toBe(ranking.slice(0, 5).some(({ index }) => index === label));
    }
  });
});
