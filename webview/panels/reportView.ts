import type { QuantizeReport, ReportStrings } from '../../src/protocol/index';
import { formatBytes } from '../../src/util/format';
import { createFormats, ends, fill, type Formats } from '../ui/format';
import type { TableView } from '../ui/tableModel';
import { reportTables } from './reportTables';
import { reportVerdict, type Verdict } from './reportVerdict';

/** A headline figure. */
export interface Card {
  readonly id: 'size' | 'speed' | 'accuracy' | 'agreement' | 'fidelity' | 'nodes';
  readonly title: string;
  readonly value: string;
  readonly details: readonly string[];
}

/** Everything the report panel draws, as plain data. */
export interface ReportView {
  readonly title: string;
  readonly subtitle: string;
  readonly verdict: Omit<Verdict, 'texts'> & { readonly text: string };
  readonly cards: readonly Card[];
  readonly warnings: readonly string[];
  readonly facts: readonly (readonly [string, string])[];
  readonly tables: readonly TableView[];
}

/** Makes the view of a report; `strings` and `locale` decide how it reads. */
export function buildReportView(report: QuantizeReport, strings: ReportStrings, locale: string): ReportView {
  const formats = createFormats(locale);
  const { texts, ...verdict } = reportVerdict(report);
  return {
    title: fileName(report.output.path),
    subtitle: `${fileName(report.source.path)} → ${fileName(report.output.path)}`,
    verdict: { ...verdict, text: texts.map((key) => strings[key]).join(' ') },
    cards: reportCards(report, strings, formats),
    warnings: report.warnings.map(({ message }) => message),
    facts: reportFacts(report, strings, formats),
    tables: reportTables(report, strings, formats),
  };
}

function reportCards(report: QuantizeReport, strings: ReportStrings, formats: Formats): Card[] {
  const { source, output, latency } = report;
  const cards: Card[] = [
    {
      id: 'size',
      title: strings.size,
      value: `${formatBytes(source.sizeBytes)} → ${formatBytes(output.sizeBytes)}`,
      details: [fill(strings.smaller, formats.percent(output.sizeBytes / source.sizeBytes))],
    },
  ];
  if (latency !== undefined) {
    const { speedup, beforeMs, afterMs, batchSize, threads } = latency;
    const factor = (value: number): string => formats.fixed(value, 2);
    cards.push({
      id: 'speed',
      title: strings.speed,
      value: fill(strings.timesAsFast, factor(speedup.median)),
      details: [
        fill(strings.quartiles, ...ends(speedup, factor)),
        fill(
          strings.latencyDetail,
          formats.significant(beforeMs.median),
          formats.significant(afterMs.median),
          formats.integer(batchSize),
          threads === 0 ? strings.automatic : formats.integer(threads),
        ),
      ],
    });
  }
  cards.push(...qualityCards(report, strings, formats));
  const total = report.quantized.length + report.kept.length;
  cards.push({
    id: 'nodes',
    title: strings.nodes,
    value: fill(strings.nodeCount, formats.integer(report.quantized.length), formats.integer(total)),
    details: [],
  });
  return cards;
}

function qualityCards(
  { accuracy, agreement, fidelity }: QuantizeReport,
  strings: ReportStrings,
  formats: Formats,
): Card[] {
  const cards: Card[] = [];
  if (accuracy !== undefined) {
    const { before, after, changePoints } = accuracy;
    cards.push({
      id: 'accuracy',
      title: strings.accuracy,
      value: `${formats.percent(before.value)} → ${formats.percent(after.value)}`,
      details: [
        fill(strings.points, formats.signed(changePoints, 2)),
        fill(strings.interval, ...ends(after, formats.percent)),
        fill(strings.sampleCount, formats.integer(after.count)),
      ],
    });
  }
  if (agreement !== undefined) {
    cards.push({
      id: 'agreement',
      title: strings.agreement,
      value: formats.percent(agreement.value),
      details: [
        strings.sameClass,
        fill(strings.interval, ...ends(agreement, formats.percent)),
        fill(strings.sampleCount, formats.integer(agreement.count)),
      ],
    });
  }
  if (accuracy === undefined && agreement === undefined && fidelity.length > 0) {
    const worst = Math.min(...fidelity.map(({ sqnrDb }) => sqnrDb ?? Infinity));
    cards.push({
      id: 'fidelity',
      title: strings.fidelity,
      value: worst === Infinity ? strings.identical : `${formats.fixed(worst, 1)} dB`,
      details: [strings.sqnr],
    });
  }
  return cards;
}

function reportFacts(report: QuantizeReport, strings: ReportStrings, formats: Formats): [string, string][] {
  const { calibration, tool } = report;
  const facts: [string, string][] = [[strings.mode, report.mode]];
  if (calibration !== undefined) {
    const { method, samples, data } = calibration;
    facts.push([
      strings.calibration,
      fill(strings.calibrationDetail, method, formats.integer(samples), fileName(data)),
    ]);
  }
  if (report.uncalibrated) facts.push([strings.calibration, strings.uncalibrated]);
  facts.push(
    [strings.recipe, report.recipePath],
    [strings.tool, `${tool.name} ${tool.version}, ONNX Runtime ${tool.runtime}`],
  );
  return facts;
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
