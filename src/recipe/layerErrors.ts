import { create } from '@bufbuild/protobuf';
import type { Dataset } from '../data/dataset';
import { divergenceOf } from '../evaluate/divergence';
import { findClassOutput } from '../evaluate/classify';
import { createFidelityMeter } from '../evaluate/fidelity';
import { runSamples } from '../evaluate/runSamples';
import { indexGraph } from '../onnx/graphIndex';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import { ValueInfoProtoSchema } from '../onnx/onnx_pb';
import { soleConsumer } from '../onnx/rewrites/editGraph';
import type {
  LayerError,
  LayerErrorParams,
  LayerErrorResult,
  OutputFidelity,
  QuantizeSettings,
  TensorError,
} from '../protocol';
import { calibrateLayers, quantizeLayers, type CalibratedLayers } from '../quantize/layerSubset';
import { openModel, type OpenModel } from '../runtime/modelFile';
import { normaliseModel } from '../runtime/normaliseModel';
import { createSession, type Session } from '../runtime/session';
import { inferTensorTypes } from '../runtime/tensorTypes';
import { throwIfCancelled } from '../util/pressError';
import { dataFacts, requireData, timingFeeds } from './evaluationData';
import { graphMapping } from './graph/graphMapping';
import { recipeSettingsOf } from './layerErrorsSettings';
import { openData } from './openData';
import type { RunContext } from './runContext';

const DEFAULT_SAMPLES = 32;
/** Operators whose results are worth a figure: those that compute. */
const COMPUTING = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'LSTM', 'GRU', 'Add', 'Mul', 'Concat']);
/** Activations that become part of the layer before them. */
const ABSORBED = new Set(['Relu', 'Clip']);

interface Layer {
  readonly node: string;
  readonly opType: string;
  readonly tensor: string;
  readonly targets: readonly string[];
}

interface Setup {
  readonly params: LayerErrorParams;
  readonly context: RunContext;
  /** The original in the form that compression started from. */
  readonly original: Model;
  readonly dataset: Dataset;
  readonly threads: number;
}

/**
 * The error of every layer along the graph, in two senses. *Graphwise*: the compressed model's tensor against the
 * original's at the same place, where error accumulates. *Layerwise*: with only this layer quantized, who causes it, at
 * the layer's own output and at the model's. Tensors keep their names when a model is compressed, so they are compared
 * by name; the report says which nodes a layer became. One sample is held at a time.
 * Throws `no-data`, and what reading and running the models throws.
 */
export async function layerErrors(params: LayerErrorParams, context: RunContext): Promise<LayerErrorResult> {
  requireData(params, params.before, 'Comparing the layers of');
  context.onProgress({ stage: 'read', done: 0, total: 0 });
  const files: OpenModel[] = [];
  const open = (path: string): OpenModel => {
    const file = openModel(path);
    files.push(file);
    return file;
  };
  try {
    const [before, after] = [open(params.before), open(params.after)];
    const threads = params.threads ?? 0;
    const session = await createSession(params.before, { threads });
    const { inputs } = session;
    await session.release();
    const dataset = await openData(params.before, inputs, { ...params, limit: params.limit ?? DEFAULT_SAMPLES });
    const { feeds } = await timingFeeds(dataset, [inputs], context.signal);
    const { model: original } = await normaliseModel(before.model, { feeds: [feeds], ...context });
    const setup: Setup = { params, context, original, dataset, threads };
    const layers = await comparableLayers(setup, after.model);
    const { graphwise, samples } = await measureGraphwise(setup, after.model, layers);
    const asked = params.layerwise ? recipeSettingsOf(params.before, params.after) : undefined;
    const layerwise =
      typeof asked === 'object' ? await measureLayerwise(setup, layers, asked) : new Map<string, Layerwise>();
    return {
      before: params.before,
      after: params.after,
      data: dataFacts(dataset),
      samples,
      layers: layers.map((layer, i): LayerError => {
        const alone = layerwise.get(layer.node);
        return { ...layer, graphwise: errorOf(graphwise[i]), ...(alone ? { layerwise: alone } : {}) };
      }),
      ...(typeof asked === 'string' ? { note: asked } : {}),
    };
  } finally {
    for (const file of files) file.close();
  }
}

/** The layers of the original whose result the compressed model has under the same name, in graph order. */
async function comparableLayers({ params, original }: Setup, after: Model): Promise<Layer[]> {
  const index = indexGraph(original);
  const mapping = graphMapping(params.before, params.after)?.pairs ?? [];
  const targets = new Map(mapping.flatMap(({ first, second }) => first.map((node) => [node, second] as const)));
  const wanted = params.nodes && new Set(params.nodes);
  const made = new Set(mainGraph(after).node.flatMap(({ output }) => output));
  const types = await inferTensorTypes(original);
  return index.graph.node.flatMap((node) => {
    const isLayer = wanted ? wanted.has(node.name) : COMPUTING.has(node.opType);
    const own = node.output[0] ?? '';
    if (!isLayer || types.get(own)?.type !== 'float32') return [];
    const next = soleConsumer(index, own);
    const behind = next && ABSORBED.has(next.opType) ? (next.output[0] ?? '') : undefined;
    const tensor = behind !== undefined && made.has(behind) ? behind : own;
    if (!made.has(tensor)) return [];
    return [{ node: node.name, opType: node.opType, tensor, targets: targets.get(node.name) ?? [] }];
  });
}

async function measureGraphwise(
  { context, original, dataset, threads }: Setup,
  after: Model,
  layers: readonly Layer[],
): Promise<{ graphwise: OutputFidelity[]; samples: number }> {
  const { signal, onProgress } = context;
  const tensors = [...new Set(layers.map(({ tensor }) => tensor))];
  const meters = new Map(tensors.map((tensor) => [tensor, createFidelityMeter(tensor)]));
  const sessions = [await openExposed(original, tensors, threads), await openExposed(after, tensors, threads)];
  let samples = 0;
  try {
    for await (const { outputs } of runSamples(sessions, dataset.samples({ signal }), { batchSize: 1, signal })) {
      for (const [tensor, meter] of meters) {
        const [a, b] = [outputs[0]?.[tensor], outputs[1]?.[tensor]];
        if (a && b) meter.add(a, b);
      }
      onProgress({ stage: 'layers', done: ++samples, total: dataset.count });
    }
  } finally {
    for (const session of sessions) await session.release();
  }
  const results = new Map([...meters].map(([tensor, meter]) => [tensor, meter.result()]));
  return { graphwise: layers.flatMap(({ tensor }) => results.get(tensor) ?? []), samples };
}

type Layerwise = NonNullable<LayerError['layerwise']>;

async function measureLayerwise(
  setup: Setup,
  layers: readonly Layer[],
  settings: QuantizeSettings,
): Promise<Map<string, Layerwise>> {
  const { context, original, dataset, threads } = setup;
  const { signal, onProgress } = context;
  const source = { model: original, types: await inferTensorTypes(original), settings };
  const calibrated = await calibrateLayers(source, dataset.samples({ signal }), {
    ...context,
    threads,
    total: dataset.count,
  });
  const tensorOf = new Map(calibrated.layers.map(({ name, output }) => [name, output]));
  const wanted = layers.filter(({ node }) => tensorOf.has(node));
  const result = new Map<string, Layerwise>();
  const reference = await openExposed(original, [...tensorOf.values()], threads);
  try {
    for (const [done, { node }] of wanted.entries()) {
      throwIfCancelled(signal);
      onProgress({ stage: 'layers', done, total: wanted.length });
      const tensor = tensorOf.get(node) ?? '';
      const alone = await measureAlone(setup, { source, calibrated, node, tensor, reference });
      if (alone) result.set(node, alone);
    }
  } finally {
    await reference.release();
  }
  return result;
}

interface AloneInput {
  readonly source: Parameters<typeof quantizeLayers>[0];
  readonly calibrated: CalibratedLayers;
  readonly node: string;
  readonly tensor: string;
  readonly reference: Session;
}

async function measureAlone(
  { context: { signal }, original, dataset, threads }: Setup,
  { source, calibrated, node, tensor, reference }: AloneInput,
): Promise<Layerwise | undefined> {
  const part = await quantizeLayers(source, calibrated, (name) => name === node);
  if (!part) return undefined;
  const outputs = mainGraph(original).output.map(({ name }) => name);
  const classOutput = findClassOutput(
    reference.outputs.filter(({ name }) => outputs.includes(name)),
    reference.inputs,
    { labelled: false },
  )?.name;
  const session = await openExposed(part.model, [tensor], threads);
  // Only this layer's tensor is copied out of the reference.
  const names = [...new Set([...outputs, tensor])];
  const limited = {
    inputs: reference.inputs,
    run: (feeds: Parameters<Session['run']>[0]) => reference.run(feeds, names),
  };
  const meter = createFidelityMeter(tensor);
  let [runs, sum, rows, changed] = [0, 0, 0, 0];
  try {
    const options = { batchSize: 1, signal };
    for await (const run of runSamples([limited, session], dataset.samples({ signal }), options)) {
      const [a = {}, b = {}] = run.outputs;
      if (a[tensor] && b[tensor]) meter.add(a[tensor], b[tensor]);
      const pick = (values: typeof a) =>
        Object.fromEntries(outputs.flatMap((name) => (values[name] ? [[name, values[name]]] : [])));
      const difference = divergenceOf(pick(a), pick(b), classOutput);
      sum += difference.divergence;
      rows += difference.rows;
      changed += difference.changedRows;
      runs++;
    }
  } finally {
    await session.release();
  }
  return { ...errorOf(meter.result()), output: { divergence: runs > 0 ? sum / runs : 0, changed, rows } };
}

async function openExposed(model: Model, tensors: readonly string[], threads: number): Promise<Session> {
  const copy = cloneModel(model);
  const graph = mainGraph(copy);
  const present = new Set(graph.output.map(({ name }) => name));
  for (const name of tensors) if (!present.has(name)) graph.output.push(create(ValueInfoProtoSchema, { name }));
  return createSession(copy, { threads });
}

function errorOf(fidelity: OutputFidelity | undefined): TensorError {
  return { sqnrDb: fidelity?.sqnrDb ?? null, cosine: fidelity?.cosine ?? 1 };
}
