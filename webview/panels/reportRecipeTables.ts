import type { AnyReport, RecipeStepReport, ReportStrings, TargetResult } from '../../src/protocol/index';
import { formatBytes, formatRatio } from '../../src/util/format';
import { fill, type Formats } from '../ui/format';
import { type Cell, numberCell, type TableView, textCell } from '../ui/tableModel';
import { EMPTY, numberColumn, secondsCell, shareCell, textColumn } from './reportCraftTables';

/** What a recipe had to reach and what its steps did, which is read before all figures; none for reports of another kind. */
export function recipeTables(report: AnyReport, strings: ReportStrings, formats: Formats): TableView[] {
  if (report.kind !== 'recipe') return [];
  const tables: TableView[] = [
    {
      id: 'targets',
      title: strings.targets,
      columns: [
        textColumn(strings.target),
        textColumn(strings.result),
        numberColumn(strings.wanted),
        numberColumn(strings.measured),
      ],
      rows: report.targets.map((target) => targetRow(target, strings, formats)),
    },
    {
      id: 'steps',
      title: strings.steps,
      columns: [
        textColumn(strings.step),
        textColumn(strings.summary),
        numberColumn(strings.size),
        numberColumn(strings.macs),
        numberColumn(strings.latency),
        numberColumn(strings.accuracy),
        numberColumn(strings.seconds),
        textColumn(strings.result),
      ],
      rows: report.steps.map((step) => stepRow(step, strings, formats)),
    },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

/** How a target of a recipe reads. */
interface TargetText {
  readonly name: string;
  /** `at least {0}` or `at most {0}`. */
  readonly bound: string;
  readonly value: (value: number) => string;
}

function targetRow({ key, wanted, found, isMet }: TargetResult, strings: ReportStrings, formats: Formats): Cell[] {
  const { name, bound, value } = targetText(key, strings, formats);
  return [
    textCell(name),
    textCell(isMet ? `✓ ${strings.met}` : `✗ ${strings.missed}`),
    { text: fill(bound, value(wanted)), sort: wanted },
    found === undefined ? { ...EMPTY, text: strings.notMeasured } : numberCell(found, value),
  ];
}

/** The words of a target; one of a later version is called by its key. */
function targetText(key: string, strings: ReportStrings, formats: Formats): TargetText {
  const { percent, fixed, significant } = formats;
  const { atLeast, atMost } = strings;
  const milliseconds = (value: number): string => `${significant(value)} ms`;
  switch (key) {
    case 'accuracy.atLeast':
      return { name: strings.accuracy, bound: atLeast, value: percent };
    case 'accuracy.lossPointsAtMost':
      return { name: strings.lossPoints, bound: atMost, value: (points) => fill(strings.points, fixed(points, 2)) };
    case 'accuracy.lossPercentAtMost':
      return { name: strings.lossPercent, bound: atMost, value: (lost) => percent(lost / 100) };
    case 'agreement.atLeast':
      return { name: strings.agreement, bound: atLeast, value: percent };
    case 'size.bytesAtMost':
      return { name: strings.size, bound: atMost, value: formatBytes };
    case 'size.ratioAtMost':
      return { name: strings.sizeRatio, bound: atMost, value: formatRatio };
    case 'latency.msAtMost':
      return { name: strings.latency, bound: atMost, value: milliseconds };
    case 'latency.ratioAtMost':
      return { name: strings.latencyRatio, bound: atMost, value: formatRatio };
    default:
      return { name: key, bound: key.endsWith('atLeast') ? atLeast : atMost, value: significant };
  }
}

function stepRow(
  { number, kind, summary, figures, seconds, state }: RecipeStepReport,
  strings: ReportStrings,
  formats: Formats,
): Cell[] {
  const { sizeBytes, macs, latencyMs, accuracy } = figures;
  return [
    { text: `${formats.integer(number)} ${kind}`, sort: number },
    textCell(summary),
    numberCell(sizeBytes, formatBytes),
    macs === undefined ? EMPTY : numberCell(macs, formats.integer),
    latencyMs === undefined ? EMPTY : numberCell(latencyMs.median, (value) => `${formats.significant(value)} ms`),
    shareCell(accuracy?.value, formats),
    secondsCell(seconds, formats),
    textCell(state === 'ran' ? `● ${strings.ran}` : `○ ${strings.unchanged}`),
  ];
}
