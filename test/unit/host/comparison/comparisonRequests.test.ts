import { describe, expect, it } from 'vitest';
import { parseComparisonRequest } from '../../../../src/host/panels/comparisonRequests';

describe('parseComparisonRequest', () => {
  it('reads what the panel asks for', () => {
    expect(parseComparisonRequest({ type: 'act', advice: 1, button: 0 })).toEqual({
      type: 'act',
      advice: 1,
      button: 0,
    });
    expect(parseComparisonRequest({ type: 'revealNode', node: 'conv1' })).toEqual({
      type: 'revealNode',
      node: 'conv1',
    });
  });

  it.each([
    undefined,
    'ready',
    { type: 'open', path: '/etc/passwd' },
    { type: 'ready', path: '/etc/passwd' },
    { type: 'act', advice: -1, button: 0 },
    { type: 'act', advice: 0.5, button: 0 },
    { type: 'revealNode', node: 'x'.repeat(10_001) },
    { type: 'export', html: 'x'.repeat(20_000_001) },
  ])('refuses anything else (%#)', (message) => {
    expect(parseComparisonRequest(message)).toBeUndefined();
  });
});
