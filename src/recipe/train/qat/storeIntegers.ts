import { indexGraph } from '../../../onnx/graphIndex';
import { cloneModel, type Model } from '../../../onnx/model';
import { TensorProto_DataType as Type, type TensorProto } from '../../../onnx/onnx_pb';
import { bytesOf, readFloats, setTensorBytes } from '../../../onnx/tensor';
import { channelLayout } from '../../../quantize/weightQuantization';
import { roundHalfToEven } from '../../../quantize/activationParameters';
import { PressError } from '../../../util/pressError';
import type { FakeQuantization } from '../../../train/qat/fakeQuantize';

/**
 * A copy of the quantized model with the integers of trained weights, biases and scales: float32 division, rounding half
 * to even and saturating at `limit`, as the training graph computes them. `trained` is the model of `fake` with its
 * trained values. Throws `training-diverged` when a learned scale is not positive.
 */
export function storeIntegers(quantized: Model, fake: FakeQuantization, trained: Model, limit: number): Model {
  const model = cloneModel(quantized);
  const target = indexGraph(model).constants;
  const source = indexGraph(trained).constants;
  const floats = (name: string): Float32Array => readFloats(trained, source.get(name) as TensorProto); // fake has it
  const write = (name: string, values: ArrayBufferView): void =>
    setTensorBytes(model, target.get(name) as TensorProto, bytesOf(values)); // the quantized model has it
  for (const { master, stored, scale, dims, axis } of fake.weights) {
    const scales = floats(scale);
    if (scales.some((value) => !(value > 0))) throw badScale(master);
    write(scale, scales);
    write(stored, levelsOf(floats(master), scales, channelLayout(dims, scales.length === 1 ? null : axis), limit));
  }
  for (const { master, stored, scale, inputScale, weightScale } of fake.biases) {
    const [step = 1] = floats(inputScale);
    const scales = floats(weightScale).map((value) => step * value);
    const levels = Int32Array.from(floats(master), (value, c) =>
      clampInt32(value / (scales[scales.length === 1 ? 0 : c] as number)),
    );
    write(scale, scales);
    write(stored, levels);
  }
  copyFloats(model, trained, fake);
  return model;
}

/** Weights of layers that stayed float were trained as well. */
function copyFloats(model: Model, trained: Model, fake: FakeQuantization): void {
  const scales = new Set(fake.weights.map(({ scale }) => scale));
  const source = indexGraph(trained).constants;
  for (const [name, tensor] of indexGraph(model).constants) {
    const from = source.get(name);
    if (!from || scales.has(name) || tensor.dataType !== Type.FLOAT || from.dataType !== Type.FLOAT) continue;
    setTensorBytes(model, tensor, bytesOf(readFloats(trained, from)));
  }
}

function levelsOf(
  values: Float32Array,
  scales: Float32Array,
  { channels, inner }: { readonly channels: number; readonly inner: number },
  limit: number,
): Int8Array {
  return Int8Array.from(values, (value, at) => {
    const scale = scales[Math.floor(at / inner) % channels] as number; // one a channel
    return roundHalfToEven(Math.min(limit, Math.max(-limit, Math.fround(value / scale))));
  });
}

function clampInt32(value: number): number {
  return Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), roundHalfToEven(value)));
}

function badScale(name: string): PressError {
  return new PressError(
    'training-diverged',
    `The learned scale of the weight "${name}" is not positive; nothing was written. Give a lower --learning-rate, or leave --learn-scales out.`,
    { tensor: name },
  );
}
