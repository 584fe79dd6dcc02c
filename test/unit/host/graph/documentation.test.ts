import { expect, it } from 'vitest';
import { documentationUrl } from '../../../../src/host/graph/documentation';

it('leads to the page of an operator of a known domain', () => {
  expect(documentationUrl('Conv', '')).toBe('https://onnx.ai/onnx/operators/onnx__Conv.html');
  expect(documentationUrl('Scaler', 'ai.onnx.ml')).toBe('https://onnx.ai/onnx/operators/onnx_aionnxml_Scaler.html');
  expect(documentationUrl('MatMulNBits', 'com.microsoft')).toMatch(/ContribOperators\.md#com\.microsoft\.MatMulNBits$/);
});

it('leads nowhere for other domains and for names that would change the address', () => {
  expect(documentationUrl('Conv', 'my.domain')).toBeUndefined();
  for (const operator of ['', '../x', 'Conv?x=1', 'Conv#a', 'a/b', 'Conv\n', '//evil.example']) {
    expect(documentationUrl(operator, '')).toBeUndefined();
  }
});
