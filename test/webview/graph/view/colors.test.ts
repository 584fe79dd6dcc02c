import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../../../webview/graph/scene/categories';
import { SCALE_STEPS } from '../../../../webview/graph/scene/theme';

const SHEET = readFileSync('webview/graph/view/graphColors.css', 'utf8');

/** Selector of each theme, and the backgrounds and texts that VS Code's own themes of that kind have. */
const THEMES = [
  { name: 'light', selector: '.graph-view', background: '#ffffff', text: '#3b3b3b' },
  { name: 'light (older)', selector: '.graph-view', background: '#f8f8f8', text: '#3b3b3b' },
  { name: 'dark', selector: '.vscode-dark .graph-view', background: '#1f1f1f', text: '#cccccc' },
  { name: 'dark (older)', selector: '.vscode-dark .graph-view', background: '#252526', text: '#cccccc' },
  { name: 'high contrast', selector: '.vscode-high-contrast .graph-view', background: '#000000', text: '#ffffff' },
  {
    name: 'high contrast light',
    selector: '.vscode-high-contrast-light .graph-view',
    background: '#ffffff',
    text: '#292929',
  },
];

function declarations(selector: string): Record<string, string> {
  const block = SHEET.split(/\}\s*/).find((part) =>
    part
      .replace(/\/\*.*?\*\//s, '')
      .trim()
      .startsWith(`${selector} {`),
  );
  return Object.fromEntries(
    [...block!.matchAll(/--graph-([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value]),
  );
}

/** WCAG 2.2 relative luminance. */
function luminance(color: string): number {
  const channels = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

describe.each(THEMES)('colours of the graph in a $name theme', ({ selector, background, text }) => {
  const base = declarations('.graph-view');
  const colors = { ...base, ...declarations(selector) };
  const color = (name: string): string => colors[name]!;
  const isOutlined = 'title-fill' in colors;

  it('let every title be read', () => {
    const weak = CATEGORIES.filter((category) => {
      const [ink, fill] = isOutlined ? [color(category), background] : [color('title-ink'), color(category)];
      return contrast(ink, fill) < 4.5;
    });
    expect(weak).toEqual([]);
  });

  it('let every figure on the scale be read', () => {
    const steps = Array.from({ length: SCALE_STEPS }, (_none, i) => i);
    expect(steps.filter((i) => contrast(color(`scale-ink-${i}`), color(`scale-${i}`)) < 4.5)).toEqual([]);
  });

  it('order the scale by lightness', () => {
    const steps = Array.from({ length: SCALE_STEPS }, (_none, i) => luminance(color(`scale-${i}`)));
    const sorted = [...steps].sort((a, b) => (steps[0]! < steps.at(-1)! ? a - b : b - a));
    expect(steps).toEqual(sorted);
  });

  it('let texts be read on blocks and beside wires', () => {
    const pairs = [
      ['muted', background],
      ['muted', color('surface')],
      ...(isOutlined
        ? []
        : ([
            ['muted', color('container')],
            ['muted', color('container-inner')],
            ['quantized', color('container-inner')],
          ] as const)),
      ['quantized', background],
      ['quantized', color('surface')],
      ['added', color('surface')],
      ['removed', color('surface')],
      ['changed', color('surface')],
    ] as const;
    const weak = pairs.filter(([name, ground]) => contrast(color(name), ground) < 4.5);
    expect(weak).toEqual([]);
    expect(contrast(text, color('surface'))).toBeGreaterThanOrEqual(4.5);
  });

  it('let wires be seen, and long skips stand back', () => {
    expect(contrast(color('wire'), background)).toBeGreaterThanOrEqual(3);
    expect(contrast(color('lane-wire'), background)).toBeLessThan(contrast(color('wire'), background));
  });
});
