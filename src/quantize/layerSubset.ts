import type { Sample } from '../data/dataset';
import { indexGraph } from '../onnx/graphIndex';
import { cloneModel, type Model } from '../onnx/model';
import type { TensorInfo } from '../onnx/tensorValue';
import type { QuantizeSettings } from '../protocol';
import { calibrate, type CalibrationOptions } from './calibrate';
import { createExclusion, type Exclusion } from '../onnx/exclude';
import type { ObserverOptions, TensorStatistics } from './observer';
import type { QuantizeOutcome } from './outcome';
import { placeQuantization } from './placement';
import { observersFor, quantizeStatic } from './quantizeStatic';

/** A normalised model of which any part of the layers is to be quantized. */
export interface LayerSource {
  readonly model: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  /** Of static mode; layers that they exclude are never quantized. */
  readonly settings: QuantizeSettings;
}

/** A layer that static mode can quantize. */
export interface QuantizableLayer {
  readonly name: string;
  readonly opType: string;
  readonly input: string;
  /** The tensor that holds its result, behind the activation that becomes part of it. */
  readonly output: string;
}

/** The layers that static mode can quantize, and what every part of them needs to know about activations. */
export interface CalibratedLayers {
  readonly layers: readonly QuantizableLayer[];
  readonly statistics: ReadonlyMap<string, TensorStatistics>;
}

/** Finds the layers that static mode can quantize, in graph order, and calibrates once for every part of them. */
export async function calibrateLayers(
  source: LayerSource,
  samples: AsyncIterable<Sample>,
  options: CalibrationOptions,
): Promise<CalibratedLayers> {
  const { model, types, settings } = source;
  const exclusion = createExclusion(settings.exclude);
  const placement = placeQuantization({ model, index: indexGraph(model), types, exclusion });
  const layers = placement.layers.map(({ node, input, output }) => ({
    name: node.name,
    opType: node.opType,
    input,
    output: output ?? node.output[0] ?? '',
  }));
  // What a part quantizes is among what the whole quantizes, but it may need the own range of a tensor that shares
  // another's when all are quantized. Histograms serve every calibration method.
  const observers = new Map<string, ObserverOptions>();
  for (const [tensor, { kind }] of placement.tensors) if (kind !== 'fixed') observers.set(tensor, { histogram: true });
  for (const [tensor, wanted] of observersFor(placement, settings))
    observers.set(tensor, { ...wanted, histogram: true });
  const statistics = layers.length > 0 ? await calibrate(model, types, observers, samples, options) : new Map();
  return { layers, statistics };
}

/**
 * A copy of the model with the layers quantized that `isInt8` names, and what runs between them; undefined where nothing
 * can be. `settings` may differ from those of the source in what concerns weights and calibration methods.
 */
export async function quantizeLayers(
  source: LayerSource,
  { layers, statistics }: CalibratedLayers,
  isInt8: (layer: string) => boolean,
  settings: QuantizeSettings = source.settings,
): Promise<{ readonly model: Model; readonly outcome: QuantizeOutcome } | undefined> {
  const names = new Set(layers.map(({ name }) => name));
  const base = createExclusion(source.settings.exclude);
  const exclusion: Exclusion = {
    match: (node) => base.match(node) ?? (names.has(node.name) && !isInt8(node.name) ? 'other layers' : undefined),
    unused: () => [],
  };
  const model = cloneModel(source.model);
  const outcome = await quantizeStatic({
    model,
    types: source.types,
    settings,
    samples: none(),
    statistics,
    exclusion,
  });
  return outcome.quantized.length > 0 ? { model, outcome } : undefined;
}

async function* none(): AsyncGenerator<Sample> {
  // Calibration is done already.
}
