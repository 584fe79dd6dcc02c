import { describe, expect, it } from 'vitest';
import { textTable, textWidth } from '../../../src/util/textTable';

describe('textTable', () => {
  it('aligns columns to the widest cell and cuts trailing blanks', () => {
    const rows = [
      ['', 'before', 'after'],
      ['size', '46.7 MB', '11.8 MB'],
      ['top-1', '91.48 %'],
    ];
    expect(textTable(rows, ['left', 'right', 'right'])).toBe(
      ['        before    after', 'size   46.7 MB  11.8 MB', 'top-1  91.48 %'].join('\n'),
    );
  });

  it('counts wide characters as two columns', () => {
    expect(textWidth('模型a')).toBe(5);
    expect(
      textTable([
        ['模型', '1'],
        ['abcde', '2'],
      ]),
    ).toBe('模型   1\nabcde  2');
  });

  it('makes nothing of no rows', () => {
    expect(textTable([])).toBe('');
  });
});
