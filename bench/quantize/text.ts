import type { Spread } from '../../src/protocol';
import type { ComparedRow, Cost } from './compare';
import type { LatencyRow } from './latency';
import type { MemoryRow } from './memory';
import type { MethodsRow } from './methods';
import type { EvaluatedPair } from './tasks';

/** Lines about the comparison with the peer. */
export function comparisonText(rows: readonly ComparedRow[]): string[] {
  return rows.flatMap((row) => [
    `${row.model}, ${row.method}, ${row.samples} samples`,
    `  ours:        ${costText(row.ours)}`,
    ...(row.command ? [`  whole command, with verifying and measuring: ${costText(row.command)}`] : []),
    ...(row.peer ? [`  peer:        ${costText(row.peer)}`] : []),
    ...(row.timeRatio && row.cpuRatio && row.memoryRatio
      ? [
          `  ours / peer: time ${spreadText(row.timeRatio, 2)}, processor time ${spreadText(row.cpuRatio, 2)}, memory ${spreadText(row.memoryRatio, 2)}`,
        ]
      : []),
    ...(row.accuracy ? [`  top-1:       ${pairText(row.accuracy, 'fp32', 'ours')}`] : []),
    ...(row.againstPeer ? [`               ${pairText(row.againstPeer, 'peer', 'ours')}`] : []),
    ...(row.againstReducedPeer
      ? [`               ${pairText(row.againstReducedPeer, 'peer with reduce_range', 'ours')}`]
      : []),
  ]);
}

/** A Markdown table of the accuracy after each calibration method. */
export function methodsText(rows: readonly MethodsRow[]): string[] {
  const methods = rows[0]?.methods.map(({ method }) => method) ?? [];
  const cells = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  return [
    cells(['model', 'samples', 'fp32', ...methods]),
    cells(Array.from({ length: methods.length + 3 }, () => '---')),
    ...rows.map((row) =>
      cells([
        row.model,
        String(row.samples),
        row.fp32.toFixed(2),
        ...row.methods.map(({ top1 }) => `${top1.toFixed(2)} (${signed(top1 - row.fp32)})`),
      ]),
    ),
    cells([
      'mean change',
      '',
      '',
      ...methods.map((_, i) =>
        signed(
          rows.reduce((sum, row) => sum + ((row.methods[i]?.top1 ?? NaN) - row.fp32), 0) / Math.max(1, rows.length),
        ),
      ),
    ]),
  ];
}

/** Lines about memory and the number of samples. */
export function memoryText(rows: readonly MemoryRow[]): string[] {
  return rows.map(
    ({ model, method, few, many, ratio }) =>
      `${model}, ${method}: ${spreadText(few.peakMegabytes, 0)} MB with ${few.samples} samples, ` +
      `${spreadText(many.peakMegabytes, 0)} MB with ${many.samples}: ${spreadText(ratio, 3)} times`,
  );
}

/** Lines about latency. */
export function latencyText(rows: readonly LatencyRow[]): string[] {
  return rows.flatMap((row) => [
    `${row.model}, ${row.threads || 'default'} threads, ${row.rounds} rounds`,
    `  fp32 ${spreadText(row.fp32Ms, 2)} ms`,
    `  ours ${spreadText(row.oursMs, 2)} ms, ${spreadText(row.oursSpeedup, 2)} times as fast as fp32`,
    ...(row.peerMs && row.peerSpeedup
      ? [`  peer ${spreadText(row.peerMs, 2)} ms, ${spreadText(row.peerSpeedup, 2)} times as fast as fp32`]
      : []),
    ...(row.peerOverOurs ? [`  peer / ours ${spreadText(row.peerOverOurs, 3)}`] : []),
  ]);
}

function costText({ seconds, cpuSeconds, peakMegabytes, stages }: Cost): string {
  const parts = Object.entries(stages).map(([stage, value]) => `${stage} ${value.toFixed(2)}`);
  const inside = parts.length > 0 ? ` (${parts.join(', ')} s)` : '';
  return `${spreadText(seconds, 2)} s${inside}, processor ${spreadText(cpuSeconds, 2)} s, ${spreadText(peakMegabytes, 0)} MB`;
}

function pairText({ before, after, samples, pValue }: EvaluatedPair, a: string, b: string): string {
  return `${a} ${before.toFixed(2)} %, ${b} ${after.toFixed(2)} % (${signed(after - before)}; p = ${pValue.toFixed(3)}) on ${samples}`;
}

function spreadText({ median, low, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(2)}`;
}
