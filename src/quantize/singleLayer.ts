import type { Sample } from '../data/dataset';
import { indexGraph } from '../onnx/graphIndex';
import { cloneModel, type Model } from '../onnx/model';
import type { TensorInfo } from '../onnx/tensorValue';
import type { QuantizeSettings } from '../protocol';
import { throwIfCancelled } from '../util/pressError';
import { calibrate, type CalibrationOptions } from './calibrate';
import { createExclusion, type Exclusion } from './exclude';
import type { ObserverOptions, TensorStatistics } from './observer';
import { placeQuantization } from './placement';
import { observersFor, quantizeStatic } from './quantizeStatic';

/** A normalised model whose layers are to be quantized one at a time. */
export interface SingleLayerInput {
  readonly model: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly settings: QuantizeSettings;
}

/** The layers that static mode can quantize, and what all of them need to know about activations. */
export interface SingleLayers {
  readonly names: readonly string[];
  readonly statistics: ReadonlyMap<string, TensorStatistics>;
}

/** Finds the layers that static mode can quantize, and calibrates once for all of them. */
export async function calibrateSingleLayers(
  input: SingleLayerInput,
  samples: AsyncIterable<Sample>,
  options: CalibrationOptions,
): Promise<SingleLayers> {
  const { model, types, settings } = input;
  const index = indexGraph(model);
  const place = (exclusion: Exclusion) => placeQuantization({ model, index, types, exclusion });
  const names = place(createExclusion()).layers.map(({ node }) => node.name);
  const observers = new Map<string, ObserverOptions>();
  for (const name of names) {
    throwIfCancelled(options.signal);
    // A layer on its own may need ranges of tensors that share another's range when all are quantized.
    for (const [tensor, wanted] of observersFor(place(onlyLayer(name)), settings))
      observers.set(tensor, { ...observers.get(tensor), ...wanted });
  }
  const statistics = names.length > 0 ? await calibrate(model, types, observers, samples, options) : new Map();
  return { names, statistics };
}

/** A copy of the model with one layer quantized; undefined where that layer cannot be quantized on its own. */
export async function quantizeSingleLayer(
  input: SingleLayerInput,
  layer: string,
  statistics: SingleLayers['statistics'],
): Promise<Model | undefined> {
  const { types, settings } = input;
  const model = cloneModel(input.model);
  const outcome = await quantizeStatic({
    model,
    types,
    settings,
    samples: none(),
    statistics,
    exclusion: onlyLayer(layer),
  });
  return outcome.quantized.length > 0 ? model : undefined;
}

function onlyLayer(name: string): Exclusion {
  return { match: (node) => (node.name === name ? undefined : 'other layers'), unused: () => [] };
}

async function* none(): AsyncGenerator<Sample> {
  // Calibration is done already.
}
