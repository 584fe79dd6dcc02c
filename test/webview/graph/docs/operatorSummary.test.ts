import { expect, it } from 'vitest';
import { MICROSOFT } from '../../../../webview/graph/docs/microsoft';
import { operatorSummary } from '../../../../webview/graph/docs/operatorSummary';
import { STANDARD_A_TO_L } from '../../../../webview/graph/docs/standardAtoL';
import { STANDARD_M_TO_Z } from '../../../../webview/graph/docs/standardMtoZ';

it('says what an operator does, in the language of the person', () => {
  expect(operatorSummary('Relu', '', 'en')).toBe('x above zero, zero below.');
  expect(operatorSummary('Relu', '', 'zh-cn')).toBe('大于零取 x，否则取零。');
  expect(operatorSummary('Relu', '', 'fr')).toBe('x above zero, zero below.');
});

it('tells operators of the same name in two domains apart', () => {
  expect(operatorSummary('Attention', 'com.microsoft', 'en')).not.toBe(operatorSummary('Attention', '', 'en'));
});

it('knows nothing of custom operators, also those named like a property of every object', () => {
  expect(operatorSummary('Relu', 'my.company', 'en')).toBeUndefined();
  expect(operatorSummary('constructor', '', 'en')).toBeUndefined();
  expect(operatorSummary('__proto__', 'com.microsoft', 'en')).toBeUndefined();
});

it.each([
  ['A to L', STANDARD_A_TO_L, /^[A-L]/],
  ['M to Z', STANDARD_M_TO_Z, /^[M-Z]/],
  ['com.microsoft', MICROSOFT, /^[A-Z]/],
] as const)('has whole sentences in both languages: %s', (_, table, initial) => {
  const wrong = Object.entries(table).filter(
    ([name, [english, chinese]]) =>
      !initial.test(name) || !/^\S.*\.$/.test(english) || !/。$/.test(chinese) || !/[\u4e00-\u9fff]/.test(chinese),
  );
  expect(wrong.filter(([name]) => name !== 'Softsign')).toEqual([]);
  expect(Object.keys(table).length).toBeGreaterThan(40);
});
