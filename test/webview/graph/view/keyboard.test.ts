import { describe, expect, it } from 'vitest';
import { keyAction } from '../../../../webview/graph/view/keyboard';
import { minimapSize } from '../../../../webview/graph/view/minimap';
import { pictureScale } from '../../../../webview/graph/view/picture';

const NONE = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };

describe('keyAction', () => {
  it('leaves key bindings of VS Code and unknown keys alone', () => {
    expect(keyAction({ ...NONE, key: 'f', ctrlKey: true })).toBeUndefined();
    expect(keyAction({ ...NONE, key: '0', metaKey: true })).toBeUndefined();
    expect(keyAction({ ...NONE, key: 'ArrowUp', altKey: true })).toBeUndefined();
    expect(keyAction({ ...NONE, key: 'q' })).toBeUndefined();
    expect(keyAction({ ...NONE, key: 'Tab' })).toBeUndefined();
  });

  it('scrolls with Shift and the arrows', () => {
    expect(keyAction({ ...NONE, key: 'ArrowDown', shiftKey: true })).toEqual({ kind: 'pan', dx: 0, dy: -80 });
    expect(keyAction({ ...NONE, key: 'ArrowDown' })).toEqual({ kind: 'step', step: 'down' });
  });
});

describe('pictureScale', () => {
  it('doubles small graphs and keeps large ones within what browsers draw', () => {
    expect(pictureScale({ width: 500, height: 800 })).toBe(2);
    expect(pictureScale({ width: 100, height: 163_840 })).toBe(0.1);
    const { width, height } = { width: 20_000, height: 20_000 };
    const scale = pictureScale({ width, height });
    expect(width * scale * height * scale).toBeCloseTo(64e6);
  });
});

describe('minimapSize', () => {
  it('keeps proportions as far as a graph is not one long line', () => {
    expect(minimapSize({ width: 1800, height: 2000 })).toEqual({ width: 180, height: 200 });
    expect(minimapSize({ width: 500, height: 500_000 })).toEqual({ width: 56, height: 260 });
    expect(minimapSize({ width: 90_000, height: 40 })).toEqual({ width: 180, height: 56 });
  });
});
