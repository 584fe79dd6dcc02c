import { basename } from 'node:path';
import type { ClassFlips, RankedClass } from '../../protocol';
import { formatPercent, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { classText, indented, section } from './figures';

/** Samples and moves that are listed; `--json` has more. */
const LISTED_SAMPLES = 10;
const LISTED_MOVES = 10;

/** Which samples changed their class, and between which classes. */
export function flipLines({ total, samples, list, moves }: ClassFlips): string[] {
  if (total === 0) return [];
  const moved = moves
    .slice(0, LISTED_MOVES)
    .map(({ from, fromName, to, toName, count, lost, won }) => [
      classText(from, fromName),
      classText(to, toName),
      String(count),
      String(lost),
      String(won),
    ]);
  const listed = list
    .slice(0, LISTED_SAMPLES)
    .map(({ source, label, labelName, before, after }) => [
      basename(source),
      classText(label, labelName),
      topText(before),
      topText(after),
    ]);
  return [
    ...section(`${formatQuantity(total, 'sample')} of ${samples} changed class; most frequent`, [
      ...indented(
        textTable(
          [['From', 'To', 'Samples', 'Right before', 'Right after'], ...moved],
          ['left', 'left', 'right', 'right', 'right'],
        ),
      ),
    ]),
    ...section(list.length > LISTED_SAMPLES ? `The first ${LISTED_SAMPLES} of them` : 'They are', [
      ...indented(textTable([['Sample', 'Label', 'A', 'B'], ...listed])),
    ]),
  ];
}

function topText([first]: readonly RankedClass[]): string {
  return first ? `${classText(first.label, first.name)} ${formatPercent(first.probability, 1)}` : 'none';
}
