import type { ActivationDetails } from '../../../src/protocol';
import { createDataTable } from '../../ui/dataTable';
import { fill } from '../../ui/format';
import { INITIAL_TABLE_STATE, numberCell, textCell } from '../../ui/tableModel';
import { createButton } from '../../ui/toolkit';
import type { InspectorContext } from './context';
import { createHistogramChart } from './histogramChart';
import { buildHistogram, type GridLines } from './histogramModel';
import { awaited, factList, hint, section } from './sections';

/** What calibration saw of an activation, or how to get it. */
export function activationSection(tensor: string, context: InspectorContext): HTMLElement {
  const { strings } = context;
  return section(
    strings.calibration,
    awaited(
      context,
      () => context.request('activation', { tensor }),
      (details) =>
        details === null ? [hint(strings.noCalibration), calibrate(context)] : calibrated(details, context),
    ),
  );
}

function calibrate(context: InspectorContext): HTMLElement {
  const { strings } = context;
  return createButton(strings.calibrate, false, () => {
    context.request('measure', { overlay: 'range' }).catch((error: Error) => context.announce(error.message));
  });
}

function calibrated(details: ActivationDetails, context: InspectorContext): Node[] {
  const { strings, formats } = context;
  const { significant, percent, integer } = formats;
  const { chosen, methods } = details;
  return [
    factList([
      [strings.samples, integer(details.samples)],
      [strings.observed, fill(strings.fromTo, significant(details.minimum), significant(details.maximum))],
      ...(chosen === undefined
        ? []
        : ([
            [strings.chosenRange, fill(strings.fromTo, significant(chosen.minimum), significant(chosen.maximum))],
            [strings.method, chosen.method],
            [strings.type, chosen.dataType],
            [strings.scale, significant(chosen.scale)],
            [strings.zeroPoint, integer(chosen.zeroPoint)],
            [strings.clipped, percent(chosen.clippedShare)],
          ] as const)),
    ]),
    ...(details.histogram.counts.length === 0 ? [hint(strings.noHistogram)] : histogram(details, context)),
    ...(methods.length === 0 ? [] : [methodTable()]),
  ];

  function methodTable(): HTMLElement {
    const columns = [strings.method, strings.minimum, strings.maximum, strings.clipped];
    return createDataTable(
      {
        id: 'methods',
        title: strings.methods,
        columns: columns.map((title, index) => ({ title, isNumeric: index > 0 })),
        rows: methods.map(({ method, minimum, maximum, clippedShare }) => [
          textCell(method === chosen?.method ? `✓ ${method}` : method),
          numberCell(minimum, significant),
          numberCell(maximum, significant),
          numberCell(clippedShare, percent),
        ]),
      },
      INITIAL_TABLE_STATE,
      {
        filter: strings.filter,
        rowsShown: (shown, total) => fill(strings.rowsOf, integer(shown), integer(total)),
        showMore: strings.showMore,
        sortBy: (column) => fill(strings.sortBy, column),
      },
      () => undefined,
    );
  }
}

/** What was observed, with the chosen limits on it and the ranges of all methods below. */
function histogram({ chosen, methods, histogram: counted }: ActivationDetails, context: InspectorContext): Node[] {
  const { strings, formats } = context;
  const { significant, percent } = formats;
  const limits: GridLines | undefined =
    chosen === undefined
      ? undefined
      : { limits: [chosen.minimum, chosen.maximum], levels: [], every: 1, steps: [chosen.scale, chosen.scale] };
  const ends = methods.flatMap(({ minimum, maximum }) => [minimum, maximum]);
  const model = buildHistogram(counted, [...ends, ...(limits?.limits ?? [])], false);
  const { share, from, to } = model.bulk;
  const sentence = fill(strings.histogramBulk, percent(share), significant(from), significant(to));
  const ranges = methods.map(({ method, minimum, maximum }) => ({
    label: method,
    minimum,
    maximum,
    isChosen: method === chosen?.method,
  }));
  const texts = { title: strings.histogram, description: sentence, number: significant };
  return [createHistogramChart(model, limits, ranges, texts), hint(sentence)];
}
