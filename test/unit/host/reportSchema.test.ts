import { describe, expect, it } from 'vitest';
import { parseReport } from '../../../src/host/panels/reportSchema';
import { reportStrings } from '../../../src/host/panels/reportStrings';
import { summaryText } from '../../../src/host/summaryText';
import { reportCore } from '../../../src/protocol/anyReport';
import type { PruneReport, TrainReport } from '../../../src/protocol';
import { buildReportView } from '../../../webview/panels/reportView';
import { sampleReport } from '../../webview/sampleReport';

describe('parseReport', () => {
  it('reads what the pipeline writes, with and without the optional parts', () => {
    const full = sampleReport();
    expect(parseReport(JSON.stringify(full), 'a.report.json')).toEqual(full);
    const optional = {
      accuracy: undefined,
      agreement: undefined,
      latency: undefined,
      calibration: undefined,
      rounding: undefined,
    };
    const bare = sampleReport(optional);
    expect(parseReport(JSON.stringify(bare), 'a.report.json')).toEqual(bare);
  });

  it.each([
    ['not JSON', '{', 'coverage.report.json is not JSON.'],
    ['the report of another tool', '{"total": 3}', 'coverage.report.json is not an ONNX Press report (format).'],
    [
      'a damaged report',
      JSON.stringify({ ...sampleReport(), kept: [{ node: 1 }] }),
      'coverage.report.json is not an ONNX Press report (kept.0.node).',
    ],
    [
      'a report of a later version',
      JSON.stringify({ ...sampleReport(), version: 2 }),
      'coverage.report.json is not an ONNX Press report (version).',
    ],
  ])('refuses %s and says where', (_what, text, message) => {
    expect(() => parseReport(text, '/w/coverage.report.json')).toThrow(
      expect.objectContaining({ code: 'bad-report', message }),
    );
  });
});

function epoch(number: number): TrainReport['history'][number] {
  return { epoch: number, loss: 1, heldOutLoss: 0.9, heldOutAccuracy: 0.8, learningRate: 0.01, seconds: 2 };
}

describe('parseReport of other kinds', () => {
  const {
    kind: _kind,
    quantized: _quantized,
    ranges: _ranges,
    calibration: _calibration,
    rounding: _rounding,
    ...rest
  } = sampleReport();
  const prune: PruneReport = {
    ...rest,
    kind: 'prune',
    mode: 'channel',
    advice: [],
    settings: { method: 'channel', amount: 0.3 },
    macs: { before: 1000, after: 500 },
    parameters: { before: 100, after: 60 },
    channels: {
      groups: [{ group: 'conv', nodes: ['conv'], units: 64, removed: [1, 2], multiple: 1 }],
      channelsBefore: 64,
      channelsAfter: 62,
      importance: 'l2',
      adjustments: [],
      steps: 1,
    },
    recalibration: { kind: 'least-squares', layers: 1 },
  };
  const train: TrainReport = {
    format: 'onnx-press-report',
    version: 1,
    kind: 'train',
    tool: rest.tool,
    source: rest.source,
    output: rest.output,
    teacher: '/models/digits.onnx',
    settingsPath: '/models/.onnx-press/digits.distilled/train.json',
    settings: { epochs: 1 },
    seed: 0,
    workers: 2,
    data: { description: 'digits', synthetic: false, skipped: [], notes: [] },
    samples: { training: 90, heldOut: 10, measured: 10 },
    frozen: [],
    parameterCount: 100,
    history: [epoch(1)],
    start: { loss: 2, accuracy: 0.5 },
    bestEpoch: 1,
    endedBy: 'epochs',
    fidelity: [],
    rewrites: [],
    warnings: [],
    timings: {},
  };

  /** Two steps of a pruning, of which the second was better as it was. */
  const tuned: PruneReport = {
    ...prune,
    finetuned: [
      {
        step: 1,
        start: { loss: 1.5, accuracy: 0.6 },
        best: { loss: 0.5, accuracy: 0.9 },
        bestEpoch: 2,
        history: [epoch(1), epoch(2)],
      },
      { step: 2, start: { loss: 0.75 }, best: { loss: 0.75 }, bestEpoch: 0, history: [epoch(1)] },
    ],
  };
  const { quantized, ranges } = sampleReport();
  const qat: TrainReport = {
    ...train,
    settings: { epochs: 1, qat: { weightBits: 4, learnScales: true } },
    quantization: { quantized, kept: rest.kept, ranges, mapping: rest.mapping },
  };

  it.each([
    ['a pruning', prune],
    ['a pruning with training between its steps', tuned],
    ['a training', train],
    ['quantization-aware training', qat],
  ])('reads the report of %s', (_what, report) => {
    expect(parseReport(JSON.stringify(report), 'a.report.json')).toEqual(report);
  });

  it('shows what training did after each step of a pruning', () => {
    const table = buildReportView(tuned, reportStrings(), 'en').tables.find(({ id }) => id === 'finetuned');
    expect(table?.columns.map(({ title }) => title).join(' | ')).toBe(
      'Pruning step | Epochs | Epoch kept | Loss, pruned | Loss, trained | ' +
        'Accuracy, pruned | Accuracy, trained | Seconds',
    );
    expect(table?.rows.map((row) => row.map(({ text }) => text).join(' | '))).toEqual([
      '1 | 2 | 2 | 1.5 | 0.5 | 60.00 % | 90.00 % | 4.0',
      '2 | 1 | 0 | 0.75 | 0.75 |  |  | 2.0',
    ]);
    const without = buildReportView(prune, reportStrings(), 'en').tables.map(({ id }) => id);
    expect(without).not.toContain('finetuned');
  });

  it('shows what quantization-aware training quantized, with which bits, and what it was before training', () => {
    const { cards, facts, tables } = buildReportView(qat, reportStrings(), 'en');
    expect(cards.at(-1)).toMatchObject({ id: 'nodes', value: '2 of 3 nodes quantized' });
    expect(facts).toContainEqual([
      'Quantization',
      'while training: 4-bit weights, 8-bit activations; scales of weights are trained too',
    ]);
    expect(tables.map(({ id, rows }) => `${id} ${rows.length}`)).toEqual([
      'epochs 2',
      'nodes 3',
      'ranges 2',
      'mapping 1',
    ]);
    expect(tables[0]?.rows[0]?.map(({ text }) => text)).toEqual(['before training', '', '2', '50.00 %', '', '']);
    const plain: TrainReport = { ...qat, settings: { qat: {} } };
    expect(buildReportView(plain, reportStrings(), 'en').facts).toContainEqual([
      'Quantization',
      'while training: 8-bit weights, 8-bit activations',
    ]);
  });

  it('shows what each kind has', () => {
    const cards = (report: PruneReport | TrainReport): string[] =>
      buildReportView(report, reportStrings(), 'en').cards.map(({ id, value }) => `${id}: ${value}`);
    expect(cards(prune)).toEqual(expect.arrayContaining(['macs: 50.00 % of the original', 'channels: 64 → 62']));
    expect(cards(train)).toEqual(['size: 400 KB → 110 KB', 'epochs: 1']);
    const tables = [prune, train].map((report) => buildReportView(report, reportStrings(), 'en').tables[0]?.id);
    expect(tables).toEqual(['groups', 'epochs']);
    expect(summaryText(prune)).toContain('50.00 % of the multiply-accumulates');
    expect(reportCore(train)).toMatchObject({ mode: 'distil', recipePath: train.settingsPath, uncalibrated: false });
  });
});
