import type { QuantizeReport } from '../../src/protocol';

/** A small report with every part filled. */
export function sampleReport(changes: Partial<QuantizeReport> = {}): QuantizeReport {
  return {
    format: 'onnx-press-report',
    version: 1,
    kind: 'quantize',
    tool: { name: 'onnx-press', version: '0.1.0', runtime: '1.30.0' },
    source: { path: '/models/digits.onnx', sizeBytes: 400_000 },
    output: { path: '/models/digits.int8.onnx', sizeBytes: 110_000 },
    mode: 'static',
    recipePath: '/models/.onnx-press/digits/recipe.press.json',
    calibration: { method: 'entropy', samples: 500, data: '/models/digits-calibration.dataset.json' },
    uncalibrated: false,
    accuracy: {
      before: { value: 0.98, low: 0.969, high: 0.987, count: 1000 },
      after: { value: 0.979, low: 0.968, high: 0.986, count: 1000 },
      changePoints: -0.1,
    },
    agreement: { value: 0.997, low: 0.991, high: 0.999, count: 1000 },
    fidelity: [
      { output: 'logits', sqnrDb: 31.24, cosine: 0.99962, maxAbsError: 0.2371 },
      { output: 'features', sqnrDb: null, cosine: 1, maxAbsError: 0 },
    ],
    latency: {
      beforeMs: { median: 1.2, low: 1.1, high: 1.4 },
      afterMs: { median: 0.4, low: 0.38, high: 0.45 },
      speedup: { median: 3, low: 2.8, high: 3.1 },
      pairs: 60,
      threads: 1,
      batchSize: 1,
    },
    quantized: [
      { node: 'conv10', opType: 'Conv', scheme: 'static int8 per-channel' },
      { node: 'conv2', opType: 'Conv', scheme: 'static int8 per-channel' },
    ],
    rounding: [
      { node: 'conv10', weights: 1000, changedWeights: 0, nearestError: 0.02, error: 0.02 },
      { node: 'conv2', weights: 200, changedWeights: 30, nearestError: 0.08, error: 0.04 },
    ],
    kept: [{ node: 'softmax', opType: 'Softmax', reason: 'The integer kernel is slower than the float one.' }],
    ranges: [
      { tensor: 'image', min: 0, max: 1, scale: 1 / 255, zeroPoint: 0, dataType: 'uint8' },
      { tensor: 'conv2_out', min: -4.2, max: 7.9, scale: 0.04745, zeroPoint: 89, dataType: 'uint8' },
    ],
    rewrites: [
      { pass: 'foldBatchNorm', changes: 3, kept: true, maxRelativeError: 4.2e-7 },
      {
        pass: 'reduceMeanToPool',
        changes: 1,
        kept: false,
        maxRelativeError: 0.02,
        reason: 'An output differs by more than the tolerance.',
      },
    ],
    mapping: [{ source: 'conv2', targets: ['conv2', 'conv2_out_QuantizeLinear'] }],
    skippedSamples: [{ source: 'seven/broken.png', reason: 'The image is corrupt.' }],
    warnings: [{ code: 'few-samples', message: 'Only 20 samples calibrated; 200 or more are better.' }],
    timings: { read: 0.01, calibrate: 1.5 },
    ...changes,
  };
}
