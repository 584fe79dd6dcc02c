import { describe, expect, it } from 'vitest';
import { keyCommand, type KeyPress } from '../../../../webview/graph/app/keys';

function press(key: string, change: Partial<KeyPress> = {}): ReturnType<typeof keyCommand> {
  const none = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, isTyping: false };
  return keyCommand({ key, ...none, ...change });
}

describe('keyCommand', () => {
  it('finds, walks through matches and closes, also while typing', () => {
    const isTyping = true;
    expect([
      press('f', { ctrlKey: true, isTyping }),
      press('F', { metaKey: true, isTyping }),
      press('F3', { isTyping }),
      press('F3', { shiftKey: true, isTyping }),
      press('Escape', { isTyping }),
    ]).toEqual(['find', 'find', 'findNext', 'findPrevious', 'close']);
  });

  it('has single letters for table, inspector, raw graph and zoom, but not while typing', () => {
    expect(['t', 'i', 'q', 'z', '/'].map((key) => press(key))).toEqual([
      'toggleTable',
      'toggleInspector',
      'toggleRaw',
      'zoomToSelection',
      'find',
    ]);
    expect(['t', 'i', 'q', 'z', '/'].map((key) => press(key, { isTyping: true }))).toEqual(Array(5).fill(undefined));
  });

  it('leaves other combinations to VS Code', () => {
    expect([
      press('t', { ctrlKey: true }),
      press('f', { ctrlKey: true, shiftKey: true }),
      press('f', { altKey: true }),
      press('x'),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });
});
