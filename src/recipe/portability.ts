import { create } from '@bufbuild/protobuf';
import { runSamples } from '../evaluate/runSamples';
import { indexGraph } from '../onnx/graphIndex';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import { ValueInfoProtoSchema } from '../onnx/onnx_pb';
import type { FusionParams, LayerPortability, PortabilityResult, PortabilitySentence } from '../protocol';
import { createSession } from '../runtime/session';
import { fillTemplate } from '../util/fillTemplate';
import { createRandom } from '../util/random';
import { openData } from './openData';
import { integerLayers } from './portabilityLayers';
import { countSums, createLayerCounter, type LayerCounter } from './portabilitySums';
import type { RunContext } from './runContext';

/** Samples unless the person says otherwise, and positions of a layer's output that are looked at on each. */
const DEFAULT_SAMPLES = 32;
const POSITIONS_PER_SAMPLE = 32;
/** Layers that a sentence names. */
const NAMED_LAYERS = 5;

/**
 * Checks whether a quantized model gives the same results on x86 processors without VNNI, which add the products of two
 * neighbouring weights with unsigned activations in a saturating int16: counts the sums that leave its range, with the
 * model's own weights and its activations on real samples, in exact arithmetic. Pairs of weights that no activation can
 * make saturate are not looked at any further. One sample is held at a time.
 */
export async function checkPortability(
  params: FusionParams,
  model: Model,
  context: RunContext,
): Promise<PortabilityResult> {
  const { signal, onProgress } = context;
  const counters = integerLayers(model, indexGraph(model)).map(createLayerCounter);
  const risky = counters.filter((counter) => counter.risky.length > 0);
  const copy = cloneModel(model);
  const graph = mainGraph(copy);
  const known = new Set([...graph.input, ...graph.output].map(({ name }) => name));
  const needed = new Set(risky.map(({ layer }) => layer.input));
  for (const name of needed) if (!known.has(name)) graph.output.push(create(ValueInfoProtoSchema, { name }));
  const session = await createSession(copy, { threads: params.threads ?? 0 });
  try {
    const dataset = await openData(params.model, session.inputs, { ...params, limit: params.limit ?? DEFAULT_SAMPLES });
    const random = createRandom(params.seed ?? 0);
    let samples = 0;
    if (risky.length > 0) {
      for await (const run of runSamples([session], dataset.samples({ signal }), { batchSize: 1, signal })) {
        const values = { ...run.samples[0]?.inputs, ...run.outputs[0] };
        for (const counter of risky) {
          const value = values[counter.layer.input];
          if (value) countSums(counter, value, POSITIONS_PER_SAMPLE, random);
        }
        samples += run.samples.length;
        onProgress({ stage: 'portability', done: samples, total: dataset.count });
      }
    }
    return resultOf(counters, samples, dataset.description);
  } finally {
    await session.release();
  }
}

function resultOf(counters: readonly LayerCounter[], samples: number, data: string): PortabilityResult {
  const layers = counters.map(({ layer: { node }, risky, sums, saturated, positions }): LayerPortability => ({
    node: node.name,
    opType: node.opType,
    verdict: risky.length === 0 ? 'exact' : saturated === 0 ? 'exact-on-data' : 'saturates',
    riskyPairs: risky.length,
    sums,
    saturated,
    positions,
  }));
  const saturating = layers.filter(({ verdict }) => verdict === 'saturates');
  const names = saturating.map(({ node }) => node);
  return {
    exact: saturating.length === 0,
    verdict: portabilityVerdict(layers, samples),
    samples,
    data,
    layers,
    ...(names.length > 0
      ? {
          action: {
            kind: 'layers' as const,
            layers: Object.fromEntries(names.map((name) => [name, { reduceRange: true }])),
          },
        }
      : {}),
  };
}

const VERDICTS: Readonly<Record<PortabilitySentence['code'], string>> = {
  'no-layers': 'No layer sums products of 8-bit activations and int8 weights.',
  saturates:
    'On x86 processors without VNNI, sums saturate in {saturating} of {layers} layers ({names}). Quantize those with 7-bit weights.',
  exact: 'Exact on every x86 processor: no activations can make a sum saturate.',
  'exact-on-data':
    'No sum saturated at {positions} positions on {samples} samples; in {open} of {layers} layers, other activations could make one.',
};

/** What the layers come to. */
export function portabilityVerdict(layers: readonly LayerPortability[], samples: number): PortabilitySentence {
  const saturating = layers.filter(({ verdict }) => verdict === 'saturates').map(({ node }) => node);
  const open = layers.filter(({ verdict }) => verdict === 'exact-on-data');
  const names = saturating.slice(0, NAMED_LAYERS).join(', ');
  const more = Math.max(0, saturating.length - NAMED_LAYERS);
  const values = {
    layers: layers.length,
    saturating: saturating.length,
    names,
    more,
    open: open.length,
    positions: open.reduce((sum, layer) => sum + layer.positions, 0),
    samples,
  };
  const code =
    layers.length === 0
      ? 'no-layers'
      : saturating.length > 0
        ? 'saturates'
        : open.length === 0
          ? 'exact'
          : 'exact-on-data';
  const named = more > 0 ? `${names} and ${more} more` : names;
  return { code, message: fillTemplate(VERDICTS[code], { ...values, names: named }), values };
}
