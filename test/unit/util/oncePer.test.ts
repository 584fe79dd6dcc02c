import { describe, expect, it } from 'vitest';
import { oncePer } from '../../../src/util/oncePer';

describe('oncePer', () => {
  it('computes once for each object, also where there is nothing to find', () => {
    const asked: string[] = [];
    const lengthOf = oncePer(({ text }: { text: string }) => {
      asked.push(text);
      return text.length > 1 ? text.length : undefined;
    });
    const [long, short] = [{ text: 'ab' }, { text: 'a' }];
    expect([long, short, long, short, { text: 'ab' }].map(lengthOf)).toEqual([2, undefined, 2, undefined, 2]);
    expect(asked).toEqual(['ab', 'a', 'ab']);
  });
});
