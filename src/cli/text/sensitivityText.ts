import { basename } from 'node:path';
import type { LayerSensitivity, OutputShift, SensitivityResult } from '../../protocol';
import { formatCount, formatNumber, formatPercent, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { dataLines } from './dataText';
import { indented, section } from './figures';

/** Layers that are listed; `--json` has all. */
const LISTED_LAYERS = 25;

/** A ranking of layers for a person. */
export function sensitivityText(result: SensitivityResult): string {
  const { model, samples, pool, layers, whole, collapsed, data } = result;
  return [
    `${basename(model)}: what quantizing each layer alone does, on the ${formatCount(samples)} least certain of ${formatQuantity(pool, 'sample')}`,
    '',
    `With all layers quantized: divergence ${formatNumber(whole.divergence)}${changedText(whole)}.`,
    ...(collapsed ? ['The quantized model has collapsed, so each layer was also kept in float alone.'] : []),
    ...section('Most sensitive first', layerLines(layers, LISTED_LAYERS, collapsed)),
    '',
    'Divergence: Kullback-Leibler, in nats; of outputs that are no class scores, half the relative squared error.',
    ...dataLines(data),
    '',
  ].join('\n');
}

/** The layers of a ranking, one a line. */
export function layerLines(layers: readonly LayerSensitivity[], limit: number, withKept: boolean): string[] {
  const head = ['Layer', 'Operator', 'Share of MACs', 'Divergence', 'Changed', ...(withKept ? ['Kept alone'] : [])];
  const rows = layers
    .slice(0, limit)
    .map(({ node, opType, macShare, alone, keptFloat }) => [
      node,
      opType,
      formatPercent(macShare),
      formatNumber(alone.divergence),
      alone.rows > 0 ? formatPercent(alone.changed / alone.rows) : '',
      ...(withKept ? [keptFloat ? formatNumber(keptFloat.divergence) : ''] : []),
    ]);
  const more = layers.length - rows.length;
  return [
    ...indented(textTable([head, ...rows], ['left', 'left', 'right', 'right', 'right', 'right'])),
    ...(more > 0 ? [`  and ${formatQuantity(more, 'layer')} that are less sensitive`] : []),
  ];
}

function changedText({ changed, rows }: OutputShift): string {
  return rows > 0 ? `, ${formatPercent(changed / rows)} of the samples change their class` : '';
}
