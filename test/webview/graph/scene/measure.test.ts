import { describe, expect, it } from 'vitest';
import { edgeLabelText, measureItem, METRICS, toLayoutGraph } from '../../../../webview/graph/scene/measure';
import { textWidth, truncateText } from '../../../../webview/graph/scene/textWidth';
import { edge, item, sampleGraph } from './columnScene';

describe('textWidth', () => {
  it('is proportional to the font size and larger for wide characters', () => {
    expect(textWidth('Conv', 24)).toBeCloseTo(2 * textWidth('Conv', 12));
    expect(textWidth('W', 10)).toBeGreaterThan(textWidth('i', 10));
    expect(textWidth('卷积', 10)).toBeGreaterThan(textWidth('ab', 10));
    expect(textWidth('Conv', 12, true)).toBeGreaterThan(textWidth('Conv', 12));
  });

  it('gives no width to marks that combine with a letter', () => {
    expect(textWidth('e\u0301', 10)).toBe(textWidth('e', 10));
  });
});

describe('truncateText', () => {
  it('keeps what fits and cuts the rest with an ellipsis', () => {
    expect(truncateText('Conv', 100, 12)).toBe('Conv');
    const cut = truncateText('BatchNormalization', 60, 12);
    expect(cut).toMatch(/^Batch.*…$/);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(60);
  });

  it('never cuts a character beyond the basic plane in two', () => {
    expect([...truncateText('😀😀😀😀', 30, 12)].every((character) => ['😀', '…'].includes(character))).toBe(true);
  });
});

describe('measureItem', () => {
  it('is as wide as its widest line needs and as high as its rows', () => {
    const plain = measureItem(item('Relu'), false);
    const rows = [{ kind: 'weight' as const, label: 'W', value: '64×3×7×7 and some more' }];
    const withRow = measureItem(item('Relu', { rows }), false);
    expect(plain).toEqual({ width: METRICS.minWidth, height: METRICS.titleHeight, header: 0 });
    expect(withRow.width).toBeGreaterThan(plain.width);
    expect(withRow.height).toBe(METRICS.titleHeight + METRICS.rowHeight + METRICS.rowsPadding);
  });

  it('makes room for the figure of an overlay, but not on inputs', () => {
    const widths = (kind: 'operator' | 'input'): number[] =>
      [false, true].map((overlay) => measureItem(item('Transpose', { kind }), overlay).width);
    const [without, within] = widths('operator');
    expect(within! - without!).toBeGreaterThanOrEqual(METRICS.figureWidth - 8);
    expect(new Set(widths('input')).size).toBe(1);
  });

  it('bounds the width of a name of any length', () => {
    expect(measureItem(item('x'.repeat(100_000)), true).width).toBe(METRICS.maxWidth);
  });
});

describe('toLayoutGraph', () => {
  it('gives containers a header and the width of their title, and numbers patterns from 1', () => {
    const display = sampleGraph();
    const items = display.items.map((entry, i) => (i === 1 ? { ...entry, pattern: 0 } : entry));
    const graph = toLayoutGraph({ ...display, items });
    expect([...graph.parents]).toEqual([-1, -1, 1, 1, -1, -1, -1]);
    expect([...graph.headers]).toEqual([0, METRICS.containerHeader, 0, 0, 0, 0, 0]);
    expect([...graph.sizes.subarray(2, 4)]).toEqual([measureItem(items[1]!, false).width, 0]);
    expect(graph.sizes[2]).toBeGreaterThan(textWidth(items[1]!.title, METRICS.titleFont, true));
    expect([...graph.patterns]).toEqual([0, 1, 0, 0, 0, 0, 0]);
    expect(graph.edges.map(({ labelWidth }) => labelWidth > 0)).toEqual([true, true, false, false, false]);
  });

  it('labels an edge by its quantization where it has one', () => {
    const [plain, quantized] = sampleGraph().edges;
    expect(edgeLabelText(plain!)).toBe('float32 1×3×32×32');
    expect(edgeLabelText(quantized!)).toBe('u8 -2.68 .. 3.31');
    expect(edgeLabelText(edge(0, [1]))).toBe('');
  });
});
