import type { InspectResult, InspectValue } from '../../protocol';
import { formatBytes, formatCount, formatDims } from '../../util/format';
import { textTable } from '../../util/textTable';
import { indented, section } from './figures';

/** An inspection for a person. */
export function inspectText(result: InspectResult): string {
  const { externalBytes, functionCount, subgraphCount } = result;
  const operators = Object.entries(result.nodesByOp).sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  const facts = [
    [
      'Size',
      formatBytes(result.sizeBytes) + (externalBytes > 0 ? ` + ${formatBytes(externalBytes)} external data` : ''),
    ],
    ['Parameters', `${formatCount(result.parameterCount)} (${formatBytes(result.weightBytes)})`],
    ['Nodes', formatCount(result.nodeCount)],
    ...(subgraphCount > 0 ? [['Subgraphs', formatCount(subgraphCount)]] : []),
    ...(functionCount > 0 ? [['Functions', formatCount(functionCount)]] : []),
    ['Opset', result.opsets.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`).join(', ')],
    ['IR version', String(result.irVersion)],
    ['Producer', result.producer || 'not named'],
    ['Quantized', result.quantized ? 'yes' : 'no'],
  ];
  return [
    result.path,
    '',
    textTable(facts),
    ...section('Inputs', valueLines(result.inputs)),
    ...section('Outputs', valueLines(result.outputs)),
    ...section(
      'Operators',
      operators.length === 0
        ? []
        : indented(
            textTable(
              operators.map(([op, count]) => [op, formatCount(count)]),
              ['left', 'right'],
            ),
          ),
    ),
    ...section(
      'What can be compressed',
      result.compressible.length === 0
        ? ['  nothing']
        : indented(
            textTable(
              [
                ['Method', 'Nodes', 'Weights', ''],
                ...result.compressible.map(({ method, nodes, bytes, note }) => [
                  method,
                  formatCount(nodes),
                  formatBytes(bytes),
                  note,
                ]),
              ],
              ['left', 'right', 'right', 'left'],
            ),
          ),
    ),
    '',
  ].join('\n');
}

function valueLines(values: readonly InspectValue[]): string[] {
  if (values.length === 0) return ['  none'];
  return indented(textTable(values.map(({ name, type, dims }) => [name, type, formatDims(dims)])));
}
