import { reportCore } from '../../src/protocol/anyReport';
import type { AnyReport, ReportStrings } from '../../src/protocol/index';
import type { Formats } from '../ui/format';
import { numberCell, type TableView, textCell } from '../ui/tableModel';
import { numberColumn as number, pruneTables, textColumn as text, trainTables } from './reportCraftTables';

/** The tables of a report, in the order in which they are read; empty ones are left out. */
export function reportTables(report: AnyReport, strings: ReportStrings, formats: Formats): TableView[] {
  const { quantized, kept, ranges, mapping, rewrites, skippedSamples } = reportCore(report);
  const rounding = report.kind === 'quantize' ? (report.rounding ?? []) : [];
  const tables: TableView[] = [
    ...pruneTables(report, strings, formats),
    ...trainTables(report, strings, formats),
    {
      id: 'nodes',
      title: strings.nodes,
      columns: [text(strings.node), text(strings.operator), text(strings.result), text(strings.detail)],
      rows: [
        ...quantized.map(({ node, opType, scheme }) => [node, opType, `✓ ${strings.quantized}`, scheme]),
        ...kept.map(({ node, opType, reason }) => [node, opType, `○ ${strings.kept}`, reason]),
      ].map((row) => row.map(textCell)),
    },
    {
      id: 'outputs',
      title: strings.outputs,
      columns: [text(strings.output), number(strings.sqnr), number(strings.cosine), number(strings.maxError)],
      rows: report.fidelity.map(({ output, sqnrDb, cosine, maxAbsError }) => [
        textCell(output),
        sqnrDb === null
          ? { text: strings.identical, sort: Infinity }
          : numberCell(sqnrDb, (db) => formats.fixed(db, 1)),
        numberCell(cosine, (value) => formats.fixed(value, 5)),
        numberCell(maxAbsError, formats.significant),
      ]),
    },
    {
      id: 'rounding',
      title: strings.rounding,
      columns: [
        text(strings.node),
        number(strings.changedWeights),
        number(strings.nearestError),
        number(strings.roundedError),
      ],
      rows: rounding.map(({ node, weights, changedWeights, nearestError, error }) => [
        textCell(node),
        numberCell(changedWeights / weights, formats.percent),
        numberCell(nearestError, formats.significant),
        numberCell(error, formats.significant),
      ]),
    },
    {
      id: 'ranges',
      title: strings.ranges,
      columns: [
        text(strings.tensor),
        number(strings.minimum),
        number(strings.maximum),
        number(strings.scale),
        number(strings.zeroPoint),
        text(strings.type),
      ],
      rows: ranges.map(({ tensor, min, max, scale, zeroPoint, dataType }) => [
        textCell(tensor),
        ...[min, max, scale].map((value) => numberCell(value, formats.significant)),
        numberCell(zeroPoint, formats.integer),
        textCell(dataType),
      ]),
    },
    {
      id: 'rewrites',
      title: strings.rewrites,
      columns: [
        text(strings.pass),
        number(strings.changes),
        text(strings.result),
        number(strings.relativeError),
        text(strings.reason),
      ],
      rows: rewrites.map(({ pass, changes, kept, maxRelativeError, reason }) => [
        textCell(pass),
        numberCell(changes, formats.integer),
        textCell(kept ? `✓ ${strings.keptRewrite}` : `✗ ${strings.undone}`),
        numberCell(maxRelativeError, formats.significant),
        textCell(reason ?? ''),
      ]),
    },
    {
      id: 'mapping',
      title: strings.mapping,
      columns: [text(strings.node), text(strings.becomes)],
      rows: mapping.map(({ source, targets }) => [textCell(source), textCell(targets.join(', '))]),
    },
    {
      id: 'skipped',
      title: strings.skipped,
      columns: [text(strings.source), text(strings.reason)],
      rows: skippedSamples.map(({ source, reason }) => [textCell(source), textCell(reason)]),
    },
    {
      id: 'timings',
      title: strings.timings,
      columns: [text(strings.stage), number(strings.seconds)],
      rows: Object.entries(report.timings).map(([stage, seconds]) => [
        textCell(stage),
        numberCell(seconds, (value) => formats.fixed(value, 2)),
      ]),
    },
  ];
  return tables.filter((table) => table.rows.length > 0);
}
