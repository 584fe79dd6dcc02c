import { reportCore } from '../../src/protocol/anyReport';
import type {
  AnyReport,
  PruneReport,
  QuantizeReport,
  RecipeReport,
  ReportStrings,
  TrainReport,
} from '../../src/protocol/index';
import { formatBytes } from '../../src/util/format';
import { createFormats, ends, fill, type Formats } from '../ui/format';
import type { TableView } from '../ui/tableModel';
import { recipeTables } from './reportRecipeTables';
import { reportTables } from './reportTables';
import { reportVerdict, type Verdict } from './reportVerdict';

/** A headline figure. */
export interface Card {
  readonly id:
    | 'size'
    | 'speed'
    | 'accuracy'
    | 'agreement'
    | 'fidelity'
    | 'nodes'
    | 'macs'
    | 'sparsity'
    | 'channels'
    | 'epochs'
    | 'metric';
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
  /** What is read before all figures: the targets and steps of a recipe. */
  readonly lead: readonly TableView[];
  readonly facts: readonly (readonly [string, string])[];
  readonly tables: readonly TableView[];
}

/** Makes the view of a report; `strings` and `locale` decide how it reads. */
export function buildReportView(report: AnyReport, strings: ReportStrings, locale: string): ReportView {
  const formats = createFormats(locale);
  const { texts, ...verdict } = reportVerdict(report);
  return {
    title: fileName(report.output.path),
    subtitle: `${fileName(report.source.path)} → ${fileName(report.output.path)}`,
    verdict: { ...verdict, text: texts.map((key) => strings[key]).join(' ') },
    cards: reportCards(report, strings, formats),
    warnings: report.warnings.map(({ message }) => message),
    lead: recipeTables(report, strings, formats),
    facts: reportFacts(report, strings, formats),
    tables: reportTables(report, strings, formats),
  };
}

function reportCards(report: AnyReport, strings: ReportStrings, formats: Formats): Card[] {
  const { source, output } = report;
  const { latency } = reportCore(report);
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
  switch (report.kind) {
    case 'quantize':
      return [...cards, nodesCard(report, strings, formats)];
    case 'prune':
      return [...cards, ...pruneCards(report, strings, formats)];
    case 'train':
      return [
        ...cards,
        trainCard(report, strings, formats),
        ...(report.quantization ? [nodesCard(report.quantization, strings, formats)] : []),
      ];
    case 'recipe':
      return [...cards, ...metricCards(report, strings, formats)];
  }
}

function nodesCard(
  { quantized, kept }: Pick<QuantizeReport, 'quantized' | 'kept'>,
  strings: ReportStrings,
  { integer }: Formats,
): Card {
  const value = fill(strings.nodeCount, integer(quantized.length), integer(quantized.length + kept.length));
  return { id: 'nodes', title: strings.nodes, value, details: [] };
}

function pruneCards({ macs, channels, sparsity }: PruneReport, strings: ReportStrings, formats: Formats): Card[] {
  const { percent, integer } = formats;
  const cards: Card[] = [];
  if (macs.after !== macs.before) {
    const value = fill(strings.ofOriginal, percent(macs.after / macs.before));
    const details = [`${formats.significant(macs.before)} → ${formats.significant(macs.after)}`];
    cards.push({ id: 'macs', title: strings.macs, value, details });
  }
  if (channels) {
    const { channelsBefore, channelsAfter } = channels;
    const value = `${integer(channelsBefore)} → ${integer(channelsAfter)}`;
    const removed = fill(strings.removedChannels, integer(channelsBefore - channelsAfter), integer(channelsBefore));
    cards.push({ id: 'channels', title: strings.channels, value, details: [removed, ...channels.adjustments] });
  }
  if (sparsity) {
    const { before, after } = sparsity.gzipBytes;
    const details = [fill(strings.gzipSize, formatBytes(before), formatBytes(after)), sparsity.note];
    cards.push({ id: 'sparsity', title: strings.sparsity, value: percent(sparsity.modelSparsity), details });
  }
  return cards;
}

/** The figures that the dataset file asks for, where the models are compared by others than accuracy. */
function metricCards({ metrics = [] }: RecipeReport, strings: ReportStrings, formats: Formats): Card[] {
  return metrics.map(({ name, before, after }) => ({
    id: 'metric',
    title: name,
    value: [before, after].map(({ figure }) => formats.significant(figure.value)).join(' → '),
    details: [fill(strings.sampleCount, formats.integer(after.figure.count))],
  }));
}

function trainCard({ history, bestEpoch, samples }: TrainReport, strings: ReportStrings, formats: Formats): Card {
  const { integer } = formats;
  return {
    id: 'epochs',
    title: strings.epochs,
    value: integer(history.length),
    details: [
      fill(strings.bestEpoch, integer(bestEpoch), integer(history.length)),
      fill(strings.trainedOn, integer(samples.training), integer(samples.heldOut)),
    ],
  };
}

function qualityCards(report: AnyReport, strings: ReportStrings, formats: Formats): Card[] {
  const { accuracy, agreement, fidelity } = report;
  const flips = report.kind === 'recipe' ? report.flips : undefined;
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
        ...(flips === undefined
          ? []
          : [
              fill(strings.flips, formats.integer(flips.onlyBefore), formats.integer(flips.onlyAfter)),
              fill(strings.pValue, formats.significant(flips.pValue)),
            ]),
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

function reportFacts(report: AnyReport, strings: ReportStrings, formats: Formats): [string, string][] {
  const { tool } = report;
  const { mode, uncalibrated, recipePath } = reportCore(report);
  const calibration = report.kind === 'quantize' ? report.calibration : undefined;
  const facts: [string, string][] = [[strings.mode, mode]];
  if (report.kind === 'train' && report.teacher !== undefined) {
    facts.push([strings.teacher, fileName(report.teacher)]);
  }
  const qat = report.kind === 'train' ? report.settings.qat : undefined;
  if (qat !== undefined) {
    const detail = qat.learnScales ? strings.quantizationLearned : strings.quantizationDetail;
    facts.push([strings.quantization, fill(detail, formats.integer(qat.weightBits ?? 8))]);
  }
  if (calibration !== undefined) {
    const { method, samples, data } = calibration;
    facts.push([
      strings.calibration,
      fill(strings.calibrationDetail, method, formats.integer(samples), fileName(data)),
    ]);
  }
  if (uncalibrated) facts.push([strings.calibration, strings.uncalibrated]);
  facts.push(
    [strings.recipe, recipePath],
    [strings.tool, `${tool.name} ${tool.version}, ONNX Runtime ${tool.runtime}`],
  );
  return facts;
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
