import { describe, expect, it } from 'vitest';
import { dataNote, type DataNote } from '../../../../src/data/dataNotes';
import { dataNoteText } from '../../../../src/host/comparison/dataNoteText';
import { fusionText } from '../../../../src/host/comparison/fusionText';
import { fusionFixText, fusionReasonText, portabilityText } from '../../../../src/host/comparison/fusionSentenceText';
import { parseReport } from '../../../../src/host/panels/reportSchema';
import { warningText } from '../../../../src/host/panels/warningText';
import type {
  FusionFix,
  FusionReason,
  FusionResult,
  LayerPortability,
  PortabilityVerdict,
} from '../../../../src/protocol';
import { fusionFix, fusionReason } from '../../../../src/recipe/fusionSentences';
import { portabilityVerdict } from '../../../../src/recipe/portability';
import { sampleReport } from '../../../webview/sampleReport';

/** Every code once: a code that is missing here, or is none, does not compile. */
const REASONS: Readonly<Record<FusionReason['code'], FusionReason['values']>> = {
  'no-kernel': { operator: 'HardSwish' },
  'not-quantized': {},
  'wide-activations': {},
  'only-weight': {},
  'input-float': {},
  'operand-float': {},
  'one-input-float': { input: 2 },
  'model-output': {},
  'also-read': { node: 'add' },
  'read-in-float': { node: 'add', operator: 'Add' },
  'node-between': { node: 'act', operator: 'HardSwish' },
  'range-behind': { node: 'relu', operator: 'Relu' },
  'different-parameters': {},
  'unsupported-combination': {},
};
const FIXES: Readonly<Record<FusionFix['code'], true>> = {
  island: true,
  'uint8-activations': true,
  exclude: true,
  'quantize-input': true,
  'exclude-or-quantize-output': true,
  'read-dequantized': true,
  'calibrate-behind': true,
  'same-parameters': true,
};
const NOTES: Readonly<Record<DataNote['code'], DataNote['values']>> = {
  'folder-without-classes': { folder: '/photos' },
  'empty-classes': { names: '"cat", "dog"' },
  'loose-images': { count: 3, folder: '/photos' },
  resized: { size: '224x224', input: 'x' },
  'raw-pixels': { input: 'x' },
  rounded: { input: 'x', type: 'uint8' },
  'only-array': { array: 'images', path: '/a.npz', input: 'x' },
};
const keys = <K extends string>(record: Readonly<Record<K, unknown>>): K[] => Object.keys(record) as K[]; // its own keys

function layers(...verdicts: readonly PortabilityVerdict[]): LayerPortability[] {
  return verdicts.map((verdict, i) => {
    const saturated = verdict === 'saturates' ? 2 : 0;
    return { node: `conv${i}`, opType: 'Conv', verdict, riskyPairs: 1, sums: 9, saturated, positions: 40 };
  });
}

// The translation is looked up by the host's text, so in English both must say the same.
describe('the host says in English what the engine says', () => {
  it.each(keys(REASONS))('of the reason %s', (code) => {
    const reason = fusionReason(code, REASONS[code]);
    expect(reason.message).not.toMatch(/[{}]|undefined/);
    expect(fusionReasonText({ ...reason, message: '' })).toBe(reason.message);
  });

  it.each(keys(FIXES))('of the fix %s', (code) => {
    const fix = fusionFix(code);
    expect(fusionFixText({ ...fix, message: '' })).toBe(fix.message);
  });

  it.each(keys(NOTES))('of the note %s', (code) => {
    const note = dataNote(code, NOTES[code]);
    expect(note.message).not.toMatch(/[{}]|undefined/);
    expect(dataNoteText({ ...note, message: '' })).toBe(note.message);
  });

  it.each([
    ['no-layers', []],
    ['exact', layers('exact')],
    ['exact-on-data', layers('exact', 'exact-on-data')],
    ['saturates', layers('saturates', 'exact-on-data')],
    ['saturates', layers(...new Array<PortabilityVerdict>(7).fill('saturates'))],
  ])('of a model that is %s', (code, of) => {
    const sentence = portabilityVerdict(of, 8);
    expect(sentence.code).toBe(code);
    expect(sentence.message).not.toMatch(/[{}]|undefined/);
    expect(portabilityText({ ...sentence, message: '' })).toBe(sentence.message);
  });
});

it('counts the saturating layers that are not named', () => {
  const { message } = portabilityVerdict(layers(...new Array<PortabilityVerdict>(7).fill('saturates')), 8);
  expect(message).toContain('in 7 of 7 layers (conv0, conv1, conv2, conv3, conv4 and 2 more)');
});

it('keeps the words of what it does not know', () => {
  const unknown = { code: 'of-a-later-version' as never, message: 'As written.', values: {} };
  const texts = [fusionReasonText(unknown), fusionFixText(unknown), portabilityText(unknown), dataNoteText(unknown)];
  expect(new Set(texts)).toEqual(new Set(['As written.']));
});

it('says the reasons of a fusion check from their codes', () => {
  const result: FusionResult = {
    model: '/models/a.onnx',
    quantized: true,
    runtime: '1.0',
    nodes: [
      {
        node: 'conv',
        opType: 'Conv',
        verdict: 'float',
        kernel: 'Conv',
        reason: { ...fusionReason('read-in-float', { node: 'a|b', operator: 'Add' }), message: 'engine' },
        fix: { ...fusionFix('exclude'), message: 'engine' },
      },
    ],
    counts: { int8: 0, float: 1, fused: 0, conversion: 0, removed: 0, other: 0 },
    conversions: 2,
    subgraphNodes: 0,
    portability: {
      exact: true,
      verdict: { ...portabilityVerdict([], 0), message: 'engine' },
      samples: 0,
      data: '',
      layers: [],
    },
    advice: [],
  };
  const text = fusionText(result);
  expect(text).not.toContain('engine');
  expect(text).toContain('| conv | Conv | float | Conv | Its output is not quantized before a\\|b (Add) reads it. |');
});

it('takes the note of a warning through a report, and shows it from its code', () => {
  const note = dataNote('resized', NOTES.resized);
  const report = { ...sampleReport(), warnings: [{ code: 'data', message: 'engine', note }] };
  const parsed = parseReport(JSON.stringify(report), '/a.report.json');
  expect(parsed.warnings.map((warning) => warningText(warning, parsed))).toEqual([note.message]);
});
