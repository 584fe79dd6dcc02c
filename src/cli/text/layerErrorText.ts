import type { LayerErrorResult } from '../../protocol';
import { formatDecibels, formatNumber, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { indented, section } from './figures';

/** Layers that are listed; `--json` has all. */
const LISTED_LAYERS = 40;

/** The errors of layers for a person, in graph order. */
export function layerErrorText({ layers, samples, note }: LayerErrorResult): string {
  const hasAlone = layers.some(({ layerwise }) => layerwise);
  const head = ['Layer', 'Operator', 'SQNR so far', 'Cosine', ...(hasAlone ? ['SQNR alone', 'Divergence alone'] : [])];
  const rows = layers
    .slice(0, LISTED_LAYERS)
    .map(({ node, opType, graphwise, layerwise }) => [
      node,
      opType,
      formatDecibels(graphwise.sqnrDb),
      graphwise.cosine.toFixed(5),
      ...(layerwise ? [formatDecibels(layerwise.sqnrDb), formatNumber(layerwise.output.divergence)] : []),
    ]);
  const more = layers.length - rows.length;
  return [
    ...section(`Error of the layers, on ${formatQuantity(samples, 'sample')}`, [
      ...indented(textTable([head, ...rows], ['left', 'left', 'right', 'right', 'right', 'right'])),
      ...(more > 0 ? [`  and ${formatQuantity(more, 'layer')} more`] : []),
      ...(note === undefined ? [] : [`  ${note}`]),
    ]),
    '',
  ].join('\n');
}
