import * as ort from 'onnxruntime-node';

/** Mean and standard deviation that train_digits.py normalizes with. */
const MEAN = 0.1307;
const STD = 0.3081;

/**
 * Top-1 accuracy, 0 to 1, of a digits model over samples, measured with ONNX Runtime in one batch.
 *
 * @param {string} modelPath
 * @param {readonly { label: number; pixels: Uint8Array }[]} samples
 */
export async function measureAccuracy(modelPath, samples) {
  const session = await ort.InferenceSession.create(modelPath, { intraOpNumThreads: 1 });
  const input = Float32Array.from(
    samples.flatMap(({ pixels }) => Array.from(pixels, (value) => (value / 255 - MEAN) / STD)),
  );
  const { logits } = await session.run({ image: new ort.Tensor('float32', input, [samples.length, 1, 28, 28]) });
  const correct = samples.filter(({ label }, index) => {
    const scores = Array.from(logits.data.slice(10 * index, 10 * index + 10));
    return scores.indexOf(Math.max(...scores)) === label;
  });
  return correct.length / samples.length;
}
