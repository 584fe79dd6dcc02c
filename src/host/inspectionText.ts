import { basename } from 'node:path';
import { l10n } from 'vscode';
import type { InspectResult, InspectValue } from '../protocol';
import { formatBytes, formatCount, formatDims } from '../util/format';
import { textTable } from '../util/textTable';

/** An inspection as plain text with aligned columns, readable in an editor and by a screen reader. */
export function inspectionText(result: InspectResult): string {
  const operators = Object.entries(result.nodesByOp).sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  const external = result.externalBytes > 0 ? ` + ${formatBytes(result.externalBytes)} ${l10n.t('external data')}` : '';
  const facts: [string, string][] = [
    [l10n.t('Size'), formatBytes(result.sizeBytes) + external],
    [l10n.t('Parameters'), `${formatCount(result.parameterCount)} (${formatBytes(result.weightBytes)})`],
    [l10n.t('Producer'), result.producer || '-'],
    [l10n.t('IR version'), String(result.irVersion)],
    [l10n.t('Opset'), result.opsets.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`).join(', ')],
    [l10n.t('Nodes'), String(result.nodeCount)],
    [l10n.t('Functions'), String(result.functionCount)],
    [l10n.t('Subgraphs'), String(result.subgraphCount)],
    [l10n.t('Quantized'), result.quantized ? l10n.t('yes') : l10n.t('no')],
  ];
  return [
    basename(result.path),
    ...(result.notes ?? []),
    '',
    ...table(facts),
    '',
    l10n.t('Inputs'),
    ...table(result.inputs.map(valueRow)),
    '',
    l10n.t('Outputs'),
    ...table(result.outputs.map(valueRow)),
    '',
    l10n.t('Operators'),
    ...table(operators.map(([op, count]) => [op, String(count)])),
    '',
    l10n.t('What can be compressed'),
    ...table(
      result.compressible.map(({ method, nodes, bytes, note }) => [
        method,
        l10n.t('{0} nodes', nodes),
        formatBytes(bytes),
        note,
      ]),
    ),
    '',
  ].join('\n');
}

function valueRow({ name, type, dims }: InspectValue): string[] {
  return [name, type, formatDims(dims)];
}

/** Rows in aligned columns, indented below their heading. */
function table(rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  return textTable(rows)
    .split('\n')
    .map((line) => `  ${line}`);
}
