import { basename } from 'node:path';
import type { LayerQuantized, LayerRounding, QuantizeReport, QuantizeResult } from '../../protocol';
import { formatCount, formatMs, formatNumber, formatPercent, formatQuantity, formatRatio } from '../../util/format';
import { textTable } from '../../util/textTable';
import { comparisonTable } from './comparisonTable';
import { skippedLines } from './dataText';
import { fidelityLines, indented, latencyNote, section } from './figures';
import { groupBy, keptLines, operatorCounts, tableLines, undoneLines } from './layerLines';

/** Outputs that are listed; the report has all. */
const LISTED_OUTPUTS = 4;
/** Layers whose rounding gained most that are listed; the report has all. */
const LISTED_LAYERS = 8;

/** What a quantization gained and cost, for a person. */
export function quantizeText({ outputPath, reportPath, report }: QuantizeResult): string {
  const seconds = Object.values(report.timings).reduce((sum, value) => sum + value, 0);
  return [
    `Quantized ${basename(report.source.path)} in ${formatMs(seconds * 1000)}: ${modeText(report)}`,
    '',
    comparisonTable(['Before', 'After'], {
      beforeBytes: report.source.sizeBytes,
      afterBytes: report.output.sizeBytes,
      latency: report.latency,
      accuracy: report.accuracy,
      agreement: report.agreement,
    }),
    '',
    ...(report.latency ? [`Latency: ${latencyNote(report.latency)}.`] : []),
    ...((report.accuracy ?? report.agreement)
      ? ['In brackets: 95 % confidence interval of a proportion, interquartile range of a speedup.']
      : []),
    ...section('Outputs against the original', fidelityLines(report.fidelity, LISTED_OUTPUTS)),
    ...section('Quantized', quantizedLines(report.quantized)),
    ...(report.rounding ? section('Rounding learned (AdaRound)', roundingLines(report.rounding)) : []),
    ...section('Kept as they are', keptLines(report.kept)),
    ...section('Rewrites undone', undoneLines(report.rewrites)),
    ...section('Warnings', warningLines(report)),
    '',
    textTable([
      ['Model', outputPath],
      ['Report', reportPath],
      ['Recipe', report.recipePath],
    ]),
    '',
  ].join('\n');
}

function modeText({ mode, calibration, uncalibrated }: QuantizeReport): string {
  if (!calibration) return `${mode} mode`;
  if (uncalibrated) return `${mode} mode, uncalibrated`;
  return `${mode} mode, ${calibration.method} calibration on ${formatQuantity(calibration.samples, 'sample')}`;
}

/** By scheme: how many nodes of which operators. */
function quantizedLines(layers: readonly LayerQuantized[]): string[] {
  const groups = groupBy(layers, ({ scheme }) => scheme);
  return tableLines([...groups].map(([scheme, nodes]) => [formatCount(nodes.length), scheme, operatorCounts(nodes)]));
}

/** How many weights left the nearest level, and the layers whose error fell most. */
function roundingLines(layers: readonly LayerRounding[]): string[] {
  const sum = (of: (layer: LayerRounding) => number): number => layers.reduce((total, layer) => total + of(layer), 0);
  const gained = layers.filter(({ error, nearestError }) => error < nearestError);
  const share =
    sum(({ changedWeights }) => changedWeights) /
    Math.max(
      1,
      sum(({ weights }) => weights),
    );
  const ratioOf = ({ error, nearestError }: LayerRounding): number => error / nearestError;
  const rows = [...gained]
    .sort((a, b) => ratioOf(a) - ratioOf(b))
    .slice(0, LISTED_LAYERS)
    .map((layer) => [
      layer.node,
      formatRatio(ratioOf(layer)),
      `${formatNumber(layer.nearestError)} to ${formatNumber(layer.error)}`,
    ]);
  return [
    `  It lowered the error on held-out samples in ${gained.length} of ${formatQuantity(layers.length, 'layer')}; ${formatPercent(share)} of the weights left the nearest level.`,
    ...(rows.length > 0
      ? [
          '  Squared error of the output of a layer, most gained first:',
          ...indented(textTable(rows, ['left', 'right'])),
        ]
      : []),
    ...(gained.length > rows.length ? [`  and ${formatQuantity(gained.length - rows.length, 'layer')} more`] : []),
  ];
}

function warningLines({ warnings, skippedSamples }: QuantizeReport): string[] {
  return [...warnings.map(({ message }) => message), ...skippedLines(skippedSamples)].map((line) => `  ${line}`);
}
