import type { Sample } from '../../../data/dataset';
import { indexGraph } from '../../../onnx/graphIndex';
import { cloneModel, type Model } from '../../../onnx/model';
import type { QatSettings, QuantizeSettings } from '../../../protocol';
import type { QuantizeOutcome } from '../../../quantize/outcome';
import { quantizeStatic } from '../../../quantize/quantizeStatic';
import { weightLimit } from '../../../quantize/weightQuantization';
import { inferTensorTypes } from '../../../runtime/tensorTypes';
import { elementCount } from '../../../onnx/tensor';
import type { CalibrationOptions } from '../../../quantize/calibrate';
import { trainableWeights, type TrainableWeight } from '../../../train/step/trainableWeights';
import { fakeQuantize } from '../../../train/qat/fakeQuantize';
import type { TrainedForm } from '../trainedForm';
import { storeIntegers } from './storeIntegers';

/** A float model prepared for quantization-aware training. */
export interface QuantizedTraining extends TrainedForm {
  /** Float32 weights behind fake quantization. */
  readonly student: Model;
  readonly trainable: readonly TrainableWeight[];
  /** What static quantization says of the layers; empty `quantized` when there is nothing to quantize. */
  readonly outcome: QuantizeOutcome;
  /** The quantized model for a student with trained values. */
  export(trained: Model): Model;
}

/** The settings of static quantization that a training quantizes with. */
export function staticSettingsOf({ weightBits = 8, exclude }: QatSettings): QuantizeSettings {
  return {
    mode: 'static',
    weightBits,
    // Trained weights move within their grid: seven bits are exact on every processor, wherever they end.
    ...(weightBits === 8 ? { reduceRange: true } : {}),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

/**
 * Quantizes a normalised model with static quantization, calibrated on `samples`, and makes the result trainable. Scales
 * of activations stay as calibrated; those of weights stay too unless they are to be learned.
 */
export async function quantizedTraining(
  float: Model,
  samples: AsyncIterable<Sample>,
  settings: QatSettings,
  options: CalibrationOptions = {},
): Promise<QuantizedTraining> {
  const quantized = cloneModel(float);
  const types = await inferTensorTypes(quantized);
  const fixed = staticSettingsOf(settings);
  const outcome = await quantizeStatic({ model: quantized, types, samples, settings: fixed }, options);
  const limit = weightLimit({ bits: fixed.weightBits ?? 8, reduceRange: fixed.reduceRange ?? false });
  const fake = fakeQuantize(float, quantized, limit);
  const masters = new Map(fake.weights.map(({ master, dims }) => [master, { name: master, dims, decays: true }]));
  const { constants } = indexGraph(fake.model);
  const scales = fake.weights.map(({ scale, dims }): TrainableWeight => {
    const tensor = constants.get(scale);
    const count = tensor ? elementCount(tensor) : 1;
    const weightsOfScale = dims.reduce((product, dim) => product * dim, 1) / count;
    // The factor of Learned Step Size Quantization, which makes steps of scales and weights alike (Esser et al., 2020).
    const rateFactor = 1 / Math.sqrt(weightsOfScale * limit);
    return { name: scale, dims: tensor ? tensor.dims.map(Number) : [], decays: false, rateFactor };
  });
  return {
    student: fake.model,
    batchNorm: 'frozen',
    trainable: [
      ...trainableWeights(fake.model),
      ...masters.values(),
      ...(settings.learnScales ? new Map(scales.map((scale) => [scale.name, scale])).values() : []),
    ],
    outcome,
    export: (trained) => storeIntegers(quantized, fake, trained, limit),
  };
}
