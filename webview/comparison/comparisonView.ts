import type { CompareResult, ComparisonDocument, ComparisonStrings } from '../../src/protocol/index';
import { formatBytes } from '../../src/util/format';
import { createFormats, ends, fill, type Formats } from '../ui/format';
import type { IntervalRow } from '../ui/intervalModel';
import type { TableView } from '../ui/tableModel';
import { numberCell, textCell } from '../ui/tableModel';

/** How a figure reads at a glance; the word says it without colour. */
export type Tone = 'good' | 'fair' | 'poor' | 'neutral';

/** A headline figure with its verdict. */
export interface FigureCard {
  readonly id: 'size' | 'parameters' | 'latency' | 'accuracy' | 'agreement' | 'fidelity';
  readonly title: string;
  readonly value: string;
  readonly tone: Tone;
  readonly details: readonly string[];
}

/** One quantity of both models as a small chart. */
export interface PairChart {
  readonly title: string;
  readonly kind: 'bar' | 'point';
  readonly rows: readonly [IntervalRow, IntervalRow];
  readonly change: string;
}

/** What the panel draws at its top and in its tables, as plain data. */
export interface ComparisonView {
  readonly title: string;
  readonly subtitle: string;
  readonly cards: readonly FigureCard[];
  readonly charts: readonly PairChart[];
  readonly flipsSummary: string | undefined;
  readonly moves: TableView | undefined;
  readonly outputs: TableView;
  readonly notes: readonly string[];
}

/** Losses in percentage points: below the first nobody notices, above the second it hurts. */
const GOOD_LOSS_POINTS = 0.5;
const FAIR_LOSS_POINTS = 2;
const GOOD_AGREEMENT = 0.98;
const FAIR_AGREEMENT = 0.95;
const GOOD_SQNR_DB = 20;
const FAIR_SQNR_DB = 10;
/** A median speed-up below this is slower beyond what two equal models scatter. */
const SLOWER = 0.95;

/** Makes the view of a comparison; `strings` and `locale` decide how it reads. */
export function buildComparisonView(
  document: ComparisonDocument,
  strings: ComparisonStrings,
  locale: string,
): ComparisonView {
  const formats = createFormats(locale);
  const { result, beforeName, afterName, measuredAt } = document;
  const { data, comparison } = result;
  return {
    title: fill(strings.title, beforeName, afterName),
    subtitle: fill(strings.measured, dateText(measuredAt, locale), data.description),
    cards: figureCards(result, strings, formats),
    charts: pairCharts(result, strings, formats),
    flipsSummary: flipsSummary(result, strings, formats),
    moves: movesTable(result, strings, formats),
    outputs: {
      id: 'outputs',
      title: strings.outputs,
      columns: [
        { title: strings.output, isNumeric: false },
        { title: strings.sqnr, isNumeric: true },
        { title: strings.cosine, isNumeric: true },
        { title: strings.maxError, isNumeric: true },
      ],
      rows: comparison.fidelity.map(({ output, sqnrDb, cosine, maxAbsError }) => [
        textCell(output),
        sqnrDb === null
          ? { text: strings.identical, sort: Infinity }
          : numberCell(sqnrDb, (db) => formats.fixed(db, 1)),
        numberCell(cosine, (value) => formats.fixed(value, 5)),
        numberCell(maxAbsError, formats.significant),
      ]),
    },
    notes: [...(data.synthetic ? [strings.synthetic] : []), ...data.notes.map(({ message }) => message)],
  };
}

function figureCards(result: CompareResult, strings: ComparisonStrings, formats: Formats): FigureCard[] {
  const { before, after, latency, comparison } = result;
  const { speedup, beforeMs, afterMs } = latency;
  const factor = (value: number): string => formats.fixed(value, 2);
  const sizeRatio = after.sizeBytes / before.sizeBytes;
  const cards: FigureCard[] = [
    {
      id: 'size',
      title: strings.size,
      value: `${formatBytes(before.sizeBytes)} → ${formatBytes(after.sizeBytes)}`,
      tone: sizeRatio < 0.95 ? 'good' : sizeRatio <= 1 ? 'fair' : 'poor',
      details: [fill(strings.ofOriginal, formats.percent(sizeRatio))],
    },
    {
      id: 'parameters',
      title: strings.parameters,
      value: `${formats.integer(before.parameterCount)} → ${formats.integer(after.parameterCount)}`,
      tone: 'neutral',
      details: [
        before.parameterCount === after.parameterCount
          ? strings.sameCount
          : fill(strings.ofParameters, formats.percent(after.parameterCount / Math.max(1, before.parameterCount))),
      ],
    },
    {
      id: 'latency',
      title: strings.latency,
      value: fill(strings.timesAsFast, factor(speedup.median)),
      // On a busy machine the median strays; it counts where the quartiles agree.
      tone: speedup.median < SLOWER && speedup.high < 1 ? 'poor' : speedup.low > 1 ? 'good' : 'fair',
      details: [
        fill(strings.quartiles, ...ends(speedup, factor)),
        fill(
          strings.latencyDetail,
          formats.significant(beforeMs.median),
          formats.significant(afterMs.median),
          formats.integer(latency.batchSize),
          latency.threads === 0 ? strings.automatic : formats.integer(latency.threads),
        ),
      ],
    },
  ];
  const { accuracy, agreement, fidelity, flips } = comparison;
  if (accuracy !== undefined) {
    cards.push({
      id: 'accuracy',
      title: strings.accuracy,
      value: `${formats.percent(accuracy.before.value)} → ${formats.percent(accuracy.after.value)}`,
      tone: grade(-accuracy.changePoints, GOOD_LOSS_POINTS, FAIR_LOSS_POINTS),
      details: [
        fill(strings.points, formats.signed(accuracy.changePoints, 2)),
        fill(strings.interval, ...ends(accuracy.after, formats.percent)),
        fill(strings.samples, formats.integer(accuracy.after.count)),
        ...(flips === undefined ? [] : [fill(strings.pValue, formats.significant(flips.pValue))]),
      ],
    });
  }
  if (agreement !== undefined) {
    cards.push({
      id: 'agreement',
      title: strings.agreement,
      value: formats.percent(agreement.value),
      tone: grade(-agreement.value, -GOOD_AGREEMENT, -FAIR_AGREEMENT),
      details: [strings.sameClass, fill(strings.interval, ...ends(agreement, formats.percent))],
    });
  }
  if (accuracy === undefined && agreement === undefined && fidelity.length > 0) {
    const worst = Math.min(...fidelity.map(({ sqnrDb }) => sqnrDb ?? Infinity));
    cards.push({
      id: 'fidelity',
      title: strings.fidelity,
      value: worst === Infinity ? strings.identical : `${formats.fixed(worst, 1)} dB`,
      tone: grade(-worst, -GOOD_SQNR_DB, -FAIR_SQNR_DB),
      details: [strings.sqnr],
    });
  }
  return cards;
}

function pairCharts(result: CompareResult, strings: ComparisonStrings, formats: Formats): PairChart[] {
  const { before, after, latency } = result;
  const { accuracy } = result.comparison;
  type Figure = Omit<IntervalRow, 'role' | 'label'>;
  const pair = (first: Figure, second: Figure): PairChart['rows'] => [
    { role: 'before', label: strings.before, ...first },
    { role: 'after', label: strings.after, ...second },
  ];
  const bytes = (value: number): Figure => ({ value, low: value, high: value, text: formatBytes(value) });
  const time = ({ median, low, high }: CompareResult['latency']['beforeMs']): Figure => ({
    value: median,
    low,
    high,
    text: `${formats.significant(median)} ms`,
  });
  const charts: PairChart[] = [
    {
      title: strings.size,
      kind: 'bar',
      rows: pair(bytes(before.sizeBytes), bytes(after.sizeBytes)),
      change: fill(strings.ofOriginal, formats.percent(after.sizeBytes / before.sizeBytes)),
    },
    {
      title: strings.latency,
      kind: 'bar',
      rows: pair(time(latency.beforeMs), time(latency.afterMs)),
      change: fill(strings.timesAsFast, formats.fixed(latency.speedup.median, 2)),
    },
  ];
  if (accuracy !== undefined) {
    const share = ({ value, low, high }: typeof accuracy.before): Figure => ({
      value,
      low,
      high,
      text: formats.percent(value),
    });
    charts.push({
      title: strings.accuracy,
      kind: 'point',
      rows: pair(share(accuracy.before), share(accuracy.after)),
      change: fill(strings.points, formats.signed(accuracy.changePoints, 2)),
    });
  }
  return charts;
}

function flipsSummary(
  { comparison }: CompareResult,
  strings: ComparisonStrings,
  { integer }: Formats,
): string | undefined {
  const { classFlips, flips } = comparison;
  if (classFlips === undefined) return undefined;
  if (classFlips.total === 0) return strings.noFlips;
  const counts = [integer(classFlips.total), integer(classFlips.samples)];
  return flips === undefined
    ? fill(strings.flipsUnlabelled, ...counts)
    : fill(strings.flipsSummary, ...counts, integer(flips.onlyBefore), integer(flips.onlyAfter));
}

function movesTable(
  { comparison }: CompareResult,
  strings: ComparisonStrings,
  { integer }: Formats,
): TableView | undefined {
  const { classFlips, flips } = comparison;
  if (classFlips === undefined || classFlips.total === 0) return undefined;
  const labelled = flips !== undefined;
  return {
    id: 'moves',
    title: strings.flips,
    columns: [
      { title: strings.from, isNumeric: false },
      { title: strings.to, isNumeric: false },
      { title: strings.count, isNumeric: true },
      ...(labelled ? [strings.lost, strings.won].map((title) => ({ title, isNumeric: true })) : []),
    ],
    rows: classFlips.moves.map(({ from, to, fromName, toName, count, lost, won }) => [
      textCell(className(from, fromName)),
      textCell(className(to, toName)),
      numberCell(count, integer),
      ...(labelled ? [numberCell(lost, integer), numberCell(won, integer)] : []),
    ]),
  };
}

/** A class by its name where the data has names. */
export function className(label: number, name: string | undefined): string {
  return name ?? String(label);
}

/** Grades a loss (larger is worse) by its two borders. */
function grade(loss: number, good: number, fair: number): Tone {
  return loss <= good ? 'good' : loss <= fair ? 'fair' : 'poor';
}

function dateText(iso: string, locale: string): string {
  const date = new Date(iso);
  try {
    return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(date);
  } catch {
    return iso;
  }
}
