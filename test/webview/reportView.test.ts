import { describe, expect, it } from 'vitest';
import { reportStrings } from '../../src/host/panels/reportStrings';
import { buildReportView, type ReportView } from '../../webview/panels/reportView';
import { sampleReport } from './sampleReport';

function view(changes: Parameters<typeof sampleReport>[0] = {}, locale = 'en'): ReportView {
  return buildReportView(sampleReport(changes), reportStrings(), locale);
}

describe('buildReportView', () => {
  it('puts size, speed, accuracy with interval, agreement and node count into cards', () => {
    expect(view().cards).toEqual([
      { id: 'size', title: 'Size', value: '400 KB → 110 KB', details: ['27.50 % of the original size'] },
      {
        id: 'speed',
        title: 'Speed',
        value: '3.00× as fast',
        details: ['quartiles 2.80 to 3.10', '1.2 ms to 0.4 ms, batch 1, threads: 1'],
      },
      {
        id: 'accuracy',
        title: 'Accuracy',
        value: '98.00 % → 97.90 %',
        details: ['−0.10 points', '95 % interval 96.80 % to 98.60 %', '1,000 samples'],
      },
      {
        id: 'agreement',
        title: 'Agreement',
        value: '99.70 %',
        details: ['same class as the original', '95 % interval 99.10 % to 99.90 %', '1,000 samples'],
      },
      { id: 'nodes', title: 'Nodes', value: '2 of 3 nodes quantized', details: [] },
    ]);
  });

  it('shows the fidelity of the worst output when nothing else says how good the result is', () => {
    const { cards } = view({ accuracy: undefined, agreement: undefined });
    expect(cards.map(({ id, value }) => `${id}: ${value}`)).toEqual([
      'size: 400 KB → 110 KB',
      'speed: 3.00× as fast',
      'fidelity: 31.2 dB',
      'nodes: 2 of 3 nodes quantized',
    ]);
  });

  it('lists quantized and kept nodes in one table, told apart by sign and word', () => {
    const nodes = view().tables.find(({ id }) => id === 'nodes');
    expect(nodes?.rows.map((row) => row.map(({ text }) => text).join(' | '))).toEqual([
      'conv10 | Conv | ✓ quantized | static int8 per-channel',
      'conv2 | Conv | ✓ quantized | static int8 per-channel',
      'softmax | Softmax | ○ kept | The integer kernel is slower than the float one.',
    ]);
  });

  it('shows of each layer whose rounding was learned how many weights moved and what it gained', () => {
    const rounding = view().tables.find(({ id }) => id === 'rounding');
    expect(rounding?.rows.map((row) => row.map(({ text }) => text).join(' | '))).toEqual([
      'conv10 | 0.00 % | 0.02 | 0.02',
      'conv2 | 15.00 % | 0.08 | 0.04',
    ]);
    expect(view({ rounding: undefined }).tables.map(({ id }) => id)).not.toContain('rounding');
  });

  it('sorts an identical output as better than any SQNR', () => {
    const outputs = view().tables.find(({ id }) => id === 'outputs');
    expect(outputs?.rows.map((row) => row[1])).toEqual([
      { text: '31.2', sort: 31.24 },
      { text: 'identical', sort: Infinity },
    ]);
  });

  it('has a table for every part of the report and leaves empty ones out', () => {
    expect(view().tables.map(({ id, rows }) => `${id} ${rows.length}`)).toEqual([
      'nodes 3',
      'outputs 2',
      'rounding 2',
      'ranges 2',
      'rewrites 2',
      'mapping 1',
      'skipped 1',
      'timings 2',
    ]);
    const empty = view({ rounding: undefined, ranges: [], rewrites: [], skippedSamples: [] });
    expect(empty.tables.map(({ id }) => id)).toEqual(['nodes', 'outputs', 'mapping', 'timings']);
  });

  it('names mode, calibration, recipe and tool', () => {
    expect(view().facts).toEqual([
      ['Mode', 'static'],
      ['Calibration', 'entropy, 500 samples of digits-calibration.dataset.json'],
      ['Recipe', '/models/.onnx-press/digits/recipe.press.json'],
      ['Made with', 'onnx-press 0.1.0, ONNX Runtime 1.30.0'],
    ]);
  });

  it('writes numbers in the language of the person', () => {
    expect(view({}, 'de').cards[0]?.details).toEqual(['27,50 % of the original size']);
    expect(view({}, 'no such tag').cards[0]?.details).toEqual(['27.50 % of the original size']);
  });

  it('takes the file name of a Windows path', () => {
    expect(view({ output: { path: 'C:\\models\\m.int8.onnx', sizeBytes: 1 } }).title).toBe('m.int8.onnx');
  });
});
