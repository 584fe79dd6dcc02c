import { basename } from 'node:path';
import type { FusionNode, FusionResult, FusionVerdict, LayerPortability } from '../../protocol';
import { formatCount, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { indented, section } from './figures';

/** Nodes that are listed; `--json` has all. */
const LISTED_NODES = 20;
const VERDICTS: Readonly<Record<FusionVerdict, string>> = {
  int8: 'run in an integer kernel',
  float: 'run in float',
  fused: 'run as part of another node',
  conversion: 'quantize or dequantize at run time',
  removed: 'are folded away',
  other: 'compute shapes and indices',
};

/** What a fusion check found, for a person. */
export function fusionText(result: FusionResult): string {
  const { model, quantized, runtime, nodes, counts, conversions, subgraphNodes, portability, advice } = result;
  const rows = Object.entries(VERDICTS).map(([verdict, text]) => [
    formatCount(counts[verdict as FusionVerdict]), // its keys are the verdicts
    text,
  ]);
  return [
    `${basename(model)}: ${formatQuantity(nodes.length, 'node')} in ONNX Runtime ${runtime} on this processor`,
    ...indented(textTable(rows, ['right'])),
    ...(quantized ? [`${formatQuantity(conversions, 'conversion')} between float and integers in each run.`] : []),
    ...(subgraphNodes > 0 ? [`${formatQuantity(subgraphNodes, 'node')} of subgraphs were not looked at.`] : []),
    ...section('In float', quantized ? floatLines(nodes) : []),
    ...(portability
      ? [
          '',
          `x86 without VNNI: ${portability.verdict.message}`,
          ...indentedRows(portability.layers.filter(({ verdict }) => verdict !== 'exact')),
        ]
      : []),
    ...section(
      'Advice',
      advice.map(({ message }) => `  ${message}`),
    ),
    '',
  ].join('\n');
}

function floatLines(nodes: readonly FusionNode[]): string[] {
  const float = nodes.filter(({ verdict }) => verdict === 'float');
  // Those that something can be done about come first.
  const sorted = [...float.filter(({ fix }) => fix), ...float.filter(({ fix }) => !fix)];
  const lines = sorted
    .slice(0, LISTED_NODES)
    .map(
      ({ node, opType, reason, fix }) =>
        `  ${node} (${opType}): ${[reason?.message, fix?.message].filter(Boolean).join(' ')}`,
    );
  const more = sorted.length - lines.length;
  return [...lines, ...(more > 0 ? [`  and ${formatQuantity(more, 'node')} more`] : [])];
}

function indentedRows(layers: readonly LayerPortability[]): string[] {
  if (layers.length === 0) return [];
  const rows = layers
    .slice(0, LISTED_NODES)
    .map(({ node, saturated, sums, positions }) => [
      node,
      formatCount(saturated),
      formatCount(sums),
      formatCount(positions),
    ]);
  return indented(
    textTable([['Layer', 'Saturated', 'of sums', 'at positions'], ...rows], ['left', 'right', 'right', 'right']),
  );
}
