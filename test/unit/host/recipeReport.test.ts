import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportFacts } from '../../../src/host/languageTools/modelFacts';
import { placeBeside } from '../../../src/host/panels/placeBeside';
import { parseReport } from '../../../src/host/panels/reportSchema';
import { reportStrings } from '../../../src/host/panels/reportStrings';
import { warningText } from '../../../src/host/panels/warningText';
import { modeText } from '../../../src/host/modeText';
import { reportCore } from '../../../src/protocol/anyReport';
import { buildReportView } from '../../../webview/panels/reportView';
import { reportVerdict } from '../../../webview/panels/reportVerdict';
import { sampleRecipeReport } from '../../webview/sampleRecipeReport';

describe('the report of a recipe', () => {
  it('is read whole, with and without its optional parts', () => {
    const full = sampleRecipeReport();
    expect(parseReport(JSON.stringify(full), 'a.report.json')).toEqual(full);
    const bare = sampleRecipeReport({
      targets: [],
      steps: [],
      accuracy: undefined,
      agreement: undefined,
      flips: undefined,
      metrics: undefined,
    });
    expect(parseReport(JSON.stringify(bare), 'a.report.json')).toEqual(bare);
  });

  it.each([
    ['steps.0.figures.macs', { steps: [{ ...sampleRecipeReport().steps[0], figures: { sizeBytes: 1, macs: '<b>' } }] }],
    ['targets.0.isMet', { targets: [{ key: 'size.ratioAtMost', wanted: 1, isMet: 'yes', message: '' }] }],
    ['metrics.0.before', { metrics: [{ name: 'mIoU' }] }],
    ['latency', { latency: undefined }],
  ])('is refused where %s is not what it should be', (place, broken) => {
    const text = JSON.stringify({ ...sampleRecipeReport(), ...broken });
    expect(() => parseReport(text, '/w/a.report.json')).toThrow(
      expect.objectContaining({ code: 'bad-report', message: `a.report.json is not an ONNX Press report (${place}).` }),
    );
  });

  const view = buildReportView(sampleRecipeReport(), reportStrings(), 'en');
  const rows = (id: string): string[] | undefined =>
    view.lead.find((table) => table.id === id)?.rows.map((row) => row.map(({ text }) => text).join(' | '));

  it('shows the targets first, each with what was wanted, what was measured and a word for the result', () => {
    expect(view.lead.map(({ id }) => id)).toEqual(['targets', 'steps']);
    expect(rows('targets')).toEqual([
      'Loss of accuracy | ✓ met | at most 1.00 points | 0.10 points',
      'Size against the original | ✗ missed | at most 0.1x | 0.275x',
      'Agreement | ✗ missed | at least 90.00 % | could not be measured',
      'energy.joulesAtMost | ✓ met | at most 3 | 2',
    ]);
  });

  it('shows of every step what it made of the model, and whether it was run', () => {
    expect(rows('steps')).toEqual([
      '1 prune | Pruned (channel). | 300 KB | 1,500,000 | 1.2 ms | 97.90 % | 12.3 | ○ taken over',
      '2 distil | 10 epochs. | 300 KB | 1,500,000 |  |  | 60.0 | ● run',
      '3 quantize | 9 nodes quantized. | 110 KB |  |  |  | 3.0 | ● run',
    ]);
  });

  it('compares with the original as other reports do, and with the paired test and the metrics of the data', () => {
    expect(view.cards.map(({ id }) => id)).toEqual(['size', 'speed', 'accuracy', 'agreement', 'metric']);
    expect(view.cards[2]?.details.slice(-2)).toEqual(['5 right before only, 4 right after only', 'McNemar p = 0.9987']);
    expect(view.cards[4]).toMatchObject({ title: 'mIoU', value: '0.5 → 0.5', details: ['10 samples'] });
    expect(view.tables.map(({ id }) => id)).toEqual(['outputs', 'mapping', 'skipped', 'timings']);
  });

  it('is judged by its targets, and by accuracy where it has none', () => {
    const met = sampleRecipeReport().targets.filter(({ isMet }) => isMet);
    expect(reportVerdict(sampleRecipeReport())).toMatchObject({ symbol: '✗', texts: ['verdictTargetsMissed'] });
    expect(reportVerdict(sampleRecipeReport({ targets: met }))).toMatchObject({ symbol: '✓', tone: 'good' });
    expect(reportVerdict(sampleRecipeReport({ targets: [] }))).toMatchObject({ texts: ['verdictGood'] });
  });

  it('has the names of its steps as its mode, warnings of its own, and facts for assistants', () => {
    const report = sampleRecipeReport();
    expect(reportCore(report).mode).toBe('channel + distil + static');
    const [warning] = report.warnings;
    expect(warning && warningText(warning, report)).toContain('Give evaluationData.');
    expect(reportFacts(report, (path) => path)).toMatchObject({
      targets: [{ isMet: true }, { isMet: false }, { isMet: false }, { isMet: true }],
      steps: [{ kind: 'prune' }, { kind: 'distil' }, { kind: 'quantize' }],
    });
  });
});

describe('modeText', () => {
  it('names every mode in words, and leaves those that it does not know', () => {
    expect(modeText('nm')).toBe('N:M sparsity');
    expect(modeText('channel + distil + static')).toBe('Fewer channels + Distilled + Static quantization');
    expect(modeText('fp16')).toBe('fp16');
  });
});

describe('placeBeside', () => {
  const report = resolve('/w/models/a.report.json');

  it.each([
    ['.onnx-press/a/recipe.press.json', '/w/models/.onnx-press/a/recipe.press.json'],
    [resolve('/w/models/a.onnx'), '/w/models/a.onnx'],
    ['..a/b.onnx', '/w/models/..a/b.onnx'],
  ])('is the path of %s, which lies beside the report or below', (path, place) => {
    expect(placeBeside(report, path)).toBe(resolve(place));
  });

  it.each(['../secret', '/etc/passwd', 'x/../../models2/a.onnx'])('refuses %s, which lies elsewhere', (path) => {
    expect(() => placeBeside(report, path)).toThrow(expect.objectContaining({ code: 'file-access' }));
  });
});
