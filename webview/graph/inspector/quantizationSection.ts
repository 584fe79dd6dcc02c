import type { QuantizationGrid } from '../../../src/protocol';
import { createDataTable } from '../../ui/dataTable';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import { INITIAL_TABLE_STATE, numberCell } from '../../ui/tableModel';
import type { InspectorContext } from './context';
import { factList, section } from './sections';

/** What a grid of integers means, row by row, for people: one figure where all channels agree, else smallest and largest. */
export function quantizationFacts(
  grid: QuantizationGrid,
  { strings, formats }: Pick<InspectorContext, 'strings' | 'formats'>,
): (readonly [string, string])[] {
  const [lowest, highest] = grid.integerRange;
  const limits = grid.scales.map((scale, index): readonly [number, number] => {
    const zero = grid.zeroPoints[index] ?? grid.zeroPoints[0] ?? 0;
    return [(lowest - zero) * scale, (highest - zero) * scale];
  });
  const spread = (values: readonly number[], format: (value: number) => string): string => {
    const [low, high] = [Math.min(...values), Math.max(...values)].map(format);
    return low === high ? (low ?? '') : fill(strings.fromTo, low ?? '', high ?? '');
  };
  return [
    [strings.type, grid.dataType],
    [strings.integers, fill(strings.fromTo, formats.integer(lowest), formats.integer(highest))],
    [strings.scale, spread(grid.scales, formats.significant)],
    [strings.zeroPoint, spread(grid.zeroPoints.length > 0 ? grid.zeroPoints : [0], formats.integer)],
    [
      strings.range,
      fill(
        strings.fromTo,
        formats.significant(Math.min(...limits.map(([low]) => low))),
        formats.significant(Math.max(...limits.map(([, high]) => high))),
      ),
    ],
    ...(grid.scales.length > 1 ? ([[strings.channels, formats.integer(grid.scales.length)]] as const) : []),
    ...(grid.axis === undefined ? [] : ([[strings.axis, formats.integer(grid.axis)]] as const)),
    ...(grid.blockSize === undefined ? [] : ([[strings.blockSize, formats.integer(grid.blockSize)]] as const)),
  ];
}

/** The parameters of a folded Q/DQ pair, or of an operator that carries them: facts, and a table of all channels. */
export function quantizationSection(title: string, grid: QuantizationGrid, context: InspectorContext): HTMLElement {
  const { strings, formats } = context;
  const facts = factList(quantizationFacts(grid, context));
  if (grid.scales.length < 2) return section(title, facts);
  const details = element('details', {}, element('summary', {}, strings.everyChannel));
  details.addEventListener('toggle', () => details.append(channelTable()), { once: true });
  return section(title, facts, details);

  function channelTable(): HTMLElement {
    const [lowest, highest] = grid.integerRange;
    const rows = grid.scales.map((scale, index) => {
      const zero = grid.zeroPoints[index] ?? grid.zeroPoints[0] ?? 0;
      return [
        numberCell(index, formats.integer),
        numberCell(scale, formats.significant),
        numberCell(zero, formats.integer),
        numberCell((lowest - zero) * scale, formats.significant),
        numberCell((highest - zero) * scale, formats.significant),
      ];
    });
    const columns = [strings.channel, strings.scale, strings.zeroPoint, strings.minimum, strings.maximum];
    return createDataTable(
      {
        id: 'channels',
        title: strings.everyChannel,
        columns: columns.map((text) => ({ title: text, isNumeric: true })),
        rows,
      },
      INITIAL_TABLE_STATE,
      {
        filter: strings.filter,
        rowsShown: (shown, total) => fill(strings.rowsOf, formats.integer(shown), formats.integer(total)),
        showMore: strings.showMore,
        sortBy: (column) => fill(strings.sortBy, column),
      },
      () => undefined,
    );
  }
}
