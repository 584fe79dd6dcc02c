import type { RecipeReport } from '../../src/protocol';
import { sampleReport } from './sampleReport';

/** A small report of a recipe with every part filled: three steps, of which one was taken over, and a target missed. */
export function sampleRecipeReport(changes: Partial<RecipeReport> = {}): RecipeReport {
  const { format, version, tool, source, output, fidelity, mapping, accuracy, agreement, latency } = sampleReport();
  if (!accuracy || !agreement || !latency) throw new Error('The sample report has every part.');
  const figure = { value: 0.5, low: 0.4, high: 0.6, count: 10 };
  return {
    format,
    version,
    kind: 'recipe',
    mode: 'recipe',
    tool,
    recipe: '/models/digits.half.press.json',
    recipePath: '/models/.onnx-press/digits.half/recipe.press.json',
    source,
    output,
    steps: [
      {
        number: 1,
        kind: 'prune',
        settings: { kind: 'prune', method: 'channel', amount: 0.2 },
        state: 'unchanged',
        seconds: 12.34,
        model: '/models/.onnx-press/digits.half/steps/1-prune/digits.half.onnx',
        summary: 'Pruned (channel).',
        figures: {
          sizeBytes: 300_000,
          macs: 1_500_000,
          latencyMs: latency.beforeMs,
          accuracy: accuracy.after,
          agreement,
        },
        reportPath: '/models/.onnx-press/digits.half/steps/1-prune/digits.half.report.json',
        warnings: [{ code: 'low-agreement', message: 'Only half are the same.' }],
      },
      {
        number: 2,
        kind: 'distil',
        settings: { epochs: 10 },
        state: 'ran',
        seconds: 60,
        model: '/models/.onnx-press/digits.half/steps/2-distil/digits.half.onnx',
        summary: '10 epochs.',
        figures: { sizeBytes: 300_000, macs: 1_500_000 },
        warnings: [],
      },
      {
        number: 3,
        kind: 'quantize',
        settings: { mode: 'static' },
        state: 'ran',
        seconds: 3,
        model: '/models/digits.half.onnx',
        summary: '9 nodes quantized.',
        figures: { sizeBytes: 110_000 },
        warnings: [],
      },
    ],
    targets: [
      { key: 'accuracy.lossPointsAtMost', wanted: 1, found: 0.1, isMet: true, message: 'Loss of accuracy is fine.' },
      { key: 'size.ratioAtMost', wanted: 0.1, found: 0.275, isMet: false, message: 'Size is too large.' },
      { key: 'agreement.atLeast', wanted: 0.9, isMet: false, message: 'There is no agreement.' },
      { key: 'energy.joulesAtMost', wanted: 3, found: 2, isMet: true, message: 'Of a later version.' },
    ],
    data: { description: 'digits', synthetic: false, skipped: [{ source: 'a.png', reason: 'corrupt' }], notes: [] },
    uncalibrated: false,
    samples: 1000,
    accuracy,
    flips: { bothRight: 975, onlyBefore: 5, onlyAfter: 4, bothWrong: 16, pValue: 0.9987 },
    metrics: [{ name: 'mIoU', before: { name: 'mIoU', figure }, after: { name: 'mIoU', figure } }],
    agreement,
    fidelity,
    latency,
    mapping,
    warnings: [{ code: 'same-samples', message: 'The data also measures.' }],
    timings: { steps: 75.34, compare: 4 },
    ...changes,
  };
}
