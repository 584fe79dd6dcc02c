import type { AnyReport, ReportStrings } from '../../src/protocol/index';
import type { Formats } from '../ui/format';
import { type Cell, type Column, numberCell, type TableView, textCell } from '../ui/tableModel';

/** Groups, weights and layers of a pruning, and the training between its steps; none for reports of another kind. */
export function pruneTables(report: AnyReport, strings: ReportStrings, formats: Formats): TableView[] {
  if (report.kind !== 'prune') return [];
  const { channels, sparsity, depth, lowRank = [], finetuned = [] } = report;
  const { integer, percent } = formats;
  return [
    {
      id: 'groups',
      title: strings.groups,
      columns: [
        textColumn(strings.group),
        numberColumn(strings.channels),
        numberColumn(strings.removed),
        textColumn(strings.nodes),
        textColumn(strings.reason),
      ],
      rows: (channels?.groups ?? []).map(({ group, units, removed, nodes, protection }) => [
        textCell(group),
        numberCell(units, integer),
        numberCell(removed.length, integer),
        textCell(nodes.join(', ')),
        textCell(protection ?? ''),
      ]),
    },
    {
      id: 'weights',
      title: strings.weights,
      columns: [
        textColumn(strings.tensor),
        textColumn(strings.node),
        numberColumn(strings.zeros),
        numberColumn(strings.sparsity),
      ],
      rows: (sparsity?.tensors ?? []).map(({ tensor, node, zeros, elements }) => [
        textCell(tensor),
        textCell(node),
        numberCell(zeros, integer),
        numberCell(zeros / elements, percent),
      ]),
    },
    {
      id: 'branches',
      title: strings.branches,
      columns: [textColumn(strings.node), numberColumn(strings.macs), textColumn(strings.nodes)],
      rows: (depth?.removed ?? []).map(({ add, macs, nodes }) => [
        textCell(add),
        numberCell(macs, integer),
        textCell(nodes.join(', ')),
      ]),
    },
    {
      id: 'lowRank',
      title: strings.lowRank,
      columns: [textColumn(strings.node), textColumn(strings.weights), numberColumn(strings.rank)],
      rows: lowRank.map(({ node, rows, columns, rank }) => [
        textCell(node),
        textCell(`${integer(rows)} × ${integer(columns)}`),
        numberCell(rank, integer),
      ]),
    },
    {
      id: 'finetuned',
      title: strings.finetuned,
      columns: [
        numberColumn(strings.pruningStep),
        numberColumn(strings.epochs),
        numberColumn(strings.keptEpoch),
        numberColumn(strings.lossAsPruned),
        numberColumn(strings.lossTrained),
        numberColumn(strings.accuracyAsPruned),
        numberColumn(strings.accuracyTrained),
        numberColumn(strings.seconds),
      ],
      rows: finetuned.map(({ step, start, best, bestEpoch, history }) => [
        numberCell(step, integer),
        numberCell(history.length, integer),
        numberCell(bestEpoch, integer),
        numberCell(start.loss, formats.significant),
        numberCell(best.loss, formats.significant),
        shareCell(start.accuracy, formats),
        shareCell(best.accuracy, formats),
        secondsCell(
          history.reduce((sum, { seconds }) => sum + seconds, 0),
          formats,
        ),
      ]),
    },
  ];
}

/** The epochs of a training; none for reports of another kind. */
export function trainTables(report: AnyReport, strings: ReportStrings, formats: Formats): TableView[] {
  if (report.kind !== 'train') return [];
  const { start, history } = report;
  return [
    {
      id: 'epochs',
      title: strings.epochs,
      columns: [
        numberColumn(strings.epoch),
        numberColumn(strings.loss),
        numberColumn(strings.heldOutLoss),
        numberColumn(strings.heldOutAccuracy),
        numberColumn(strings.learningRate),
        numberColumn(strings.seconds),
      ],
      rows: [
        [
          { text: strings.beforeTraining, sort: 0 },
          EMPTY,
          numberCell(start.loss, formats.significant),
          shareCell(start.accuracy, formats),
          EMPTY,
          EMPTY,
        ],
        ...history.map(({ epoch, loss, heldOutLoss, heldOutAccuracy, learningRate, seconds }) => [
          numberCell(epoch, formats.integer),
          numberCell(loss, formats.significant),
          numberCell(heldOutLoss, formats.significant),
          shareCell(heldOutAccuracy, formats),
          numberCell(learningRate, formats.significant),
          secondsCell(seconds, formats),
        ]),
      ],
    },
  ];
}

/** Of a figure that there is none of; sorts before those that there are. */
export const EMPTY: Cell = { text: '', sort: Number.NEGATIVE_INFINITY };

/** A share in percent, if there is one. */
export function shareCell(value: number | undefined, { percent }: Formats): Cell {
  return value === undefined ? EMPTY : numberCell(value, percent);
}

/** A duration in seconds. */
export function secondsCell(seconds: number, { fixed }: Formats): Cell {
  return numberCell(seconds, (value) => fixed(value, 1));
}

/** A column of words. */
export function textColumn(title: string): Column {
  return { title, isNumeric: false };
}

/** A column of numbers. */
export function numberColumn(title: string): Column {
  return { title, isNumeric: true };
}
