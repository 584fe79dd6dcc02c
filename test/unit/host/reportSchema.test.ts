import { describe, expect, it } from 'vitest';
import { parseReport } from '../../../src/host/panels/reportSchema';
import { sampleReport } from '../../webview/sampleReport';

describe('parseReport', () => {
  it('reads what the pipeline writes, with and without the optional parts', () => {
    const full = sampleReport();
    expect(parseReport(JSON.stringify(full), 'a.report.json')).toEqual(full);
    const optional = { accuracy: undefined, agreement: undefined, latency: undefined, calibration: undefined };
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
