import type { QuantizationGrid } from '../../../src/protocol';
import { createDataTable } from '../../ui/dataTable';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import { INITIAL_TABLE_STATE, numberCell } from '../../ui/tableModel';
import type { GridSummary } from '../model/quantizationGrid';
import type { InspectorContext } from './context';
import { quantizationFacts } from './quantizationFacts';
import { factList, section } from './sections';

/** The parameters of a folded Q/DQ pair, or of an operator that carries them: facts, and a table of all channels. */
export function quantizationSection(
  title: string,
  grid: QuantizationGrid,
  context: InspectorContext,
  summary?: GridSummary,
): HTMLElement {
  const { strings, formats } = context;
  const facts = factList(quantizationFacts(grid, context, summary));
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
