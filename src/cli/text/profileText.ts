import { basename } from 'node:path';
import type { NodeFate, ProfiledBatch, ProfiledNode, ProfileResult } from '../../protocol';
import { formatBytes, formatCount, formatMs, formatPercent, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { indented, section, spreadText, threadsText } from './figures';

/** Nodes that are listed, the longest first; `--json` has all. */
const LISTED_NODES = 20;

const FATES: Readonly<Record<NodeFate, string>> = {
  measured: 'with a kernel of their own',
  fused: 'part of another kernel',
  folded: 'computed once at load',
  removed: 'removed',
  nested: 'inside the node that holds their subgraph',
};

/** A profile for a person. */
export function profileText(result: ProfileResult): string {
  const { model, runtime, provider, threads, warmup, batches, nodes, operators, added, macs, memory, notes } = result;
  const measured = nodes.filter(({ ms }) => ms).sort((a, b) => (b.ms?.median ?? 0) - (a.ms?.median ?? 0));
  const operatorRows = operators.map(({ opType, nodes: count, ms, share, macs: ofOperator }) => [
    opType,
    String(count),
    spreadText(ms),
    formatPercent(share, 1),
    ofOperator > 0 ? formatCount(ofOperator) : '',
  ]);
  const addedRows = added.map(({ opType, count, ms }) => [`(${opType})`, String(count), formatMs(ms), '', '']);
  const uncounted = Object.entries(macs.uncounted).map(([opType, count]) => `${opType} (${count})`);
  return [
    `${basename(model.path)} on ${provider}, ${threadsText(threads)}, ONNX Runtime ${runtime}`,
    '',
    textTable([
      ['Batch', 'Whole run', 'All nodes', 'Call', 'Accounted for', 'Samples a second', 'Runs'],
      ...batches.map(batchRow),
    ]),
    '',
    textTable([
      ['Model', formatBytes(model.sizeBytes), `${formatCount(model.parameterCount)} parameters`],
      ['Weights', formatBytes(memory.weightBytes), ''],
      [
        'Peak memory',
        formatBytes(memory.peakBytes),
        `of the process, ${formatBytes(memory.beforeBytes)} before the model`,
      ],
      ['Compute', `${formatCount(macs.total)} MACs`, uncounted.length > 0 ? `without ${uncounted.join(', ')}` : ''],
      ['Ran on', providerText(result), ''],
    ]),
    ...section(
      'Operators',
      indented(
        textTable(
          [['Operator', 'Nodes', 'Latency', 'Share', 'MACs'], ...operatorRows, ...addedRows],
          ['left', 'right'],
        ),
      ),
    ),
    ...section(
      measured.length > LISTED_NODES
        ? `Nodes, the longest ${LISTED_NODES} of ${formatCount(measured.length)}`
        : 'Nodes',
      indented(
        textTable([
          ['Node', 'Operator', 'Latency', 'Share', 'Kernel'],
          ...measured.slice(0, LISTED_NODES).map(nodeRow),
        ]),
      ),
    ),
    '',
    `${formatQuantity(nodes.length, 'node')}: ${fateText(nodes)}.`,
    `Median and interquartile range, after ${formatQuantity(warmup, 'run')} that do not count. In parentheses: conversions that ONNX Runtime added, ${formatPercent(result.unassignedShare, 1)} of the time of all nodes.`,
    `The profiler adds ${(result.profilerKernelMs * 1000).toFixed(1)} µs to the time of each kernel; this is taken off.`,
    ...notes,
    '',
  ].join('\n');
}

function batchRow({ batchSize, runMs, nodesMs, callMs, coverage, samplesPerSecond, runs }: ProfiledBatch): string[] {
  return [
    String(batchSize),
    spreadText(runMs),
    spreadText(nodesMs),
    spreadText(callMs),
    formatPercent(coverage, 1),
    samplesPerSecond.toFixed(1),
    String(runs),
  ];
}

function nodeRow({ name, opType, ms, share, kernels }: ProfiledNode): string[] {
  return [name, opType, ms ? spreadText(ms) : '', formatPercent(share ?? 0, 1), (kernels ?? []).join(', ')];
}

function fateText(nodes: readonly ProfiledNode[]): string {
  const fates: NodeFate[] = ['measured', 'fused', 'folded', 'removed', 'nested'];
  return fates
    .map((fate) => ({ fate, count: nodes.filter((node) => node.fate === fate).length }))
    .filter(({ count }) => count > 0)
    .map(({ fate, count }) => `${formatCount(count)} ${FATES[fate]}`)
    .join(', ');
}

function providerText({ nodesByProvider }: ProfileResult): string {
  return Object.entries(nodesByProvider)
    .map(([name, count]) => `${name.replace('ExecutionProvider', '')}: ${formatQuantity(count, 'kernel')}`)
    .join(', ');
}
