import { clone, create } from '@bufbuild/protobuf';
import { makeNode, setAttribute } from '../onnx/attributes';
import { dataTypeOf } from '../onnx/dataType';
import { indexGraph } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  ValueInfoProtoSchema,
  type NodeProto,
} from '../onnx/onnx_pb';
import { addFloatTensor } from '../onnx/tensor';
import type { TensorInfo, TensorMap } from '../onnx/tensorValue';
import { createSession, type Session } from '../runtime/session';
import { tensorValueInfo } from '../runtime/tensorTypes';
import { PressError, throwIfCancelled } from '../util/pressError';
import { createRandom } from '../util/random';

/** Rounds of one try: at least so many runs of each variant, and more while they are short. */
const MIN_ROUNDS = 5;
const MAX_ROUNDS = 60;
const SECONDS = 0.1;
/** Where even few rounds take this long, so much time evens out what else the machine does. */
const MAX_SECONDS = 0.6;
const WARMUP = 2;
/** Runs of a model that does nothing, to know what a call costs: as much as the small layers of small images. */
const CALL_ROUNDS = 300;
/** An odd number, so that rows of a weight differ. */
const DRAWN_VALUES = 16_381;

/** Nodes with tensors of these types, to be timed as a model of their own. */
export interface LayerVariant {
  readonly nodes: readonly NodeProto[];
  readonly types: ReadonlyMap<string, TensorInfo>;
}

/** Measures single layers as models of their own. */
export interface LayerTimer {
  /**
   * Milliseconds of variants of a layer, which are to be compared with each other: they run in turn, and the fastest
   * run of each counts, less what a call costs, since other work on the machine only ever adds. Undefined where a
   * variant does not run on its own. With a second try as many runs are added to those of the first, which can only lower the figures.
   */
  time(variants: readonly LayerVariant[], tries?: number): Promise<readonly (number | undefined)[]>;
}

interface Timings {
  readonly fastest: (number | undefined)[];
  tries: number;
}

/**
 * Creates a timer for layers of `model`; equal variants are measured once. Layers run on one thread: with more of them
 * the slowest counts, and it is the one that the rest of the machine has held up.
 */
export function createLayerTimer(model: Model, { signal }: { readonly signal: AbortSignal }): LayerTimer {
  const known = new Map<string, Timings>();
  const { producers, inputs, initializers } = indexGraph(model);
  // Names that the model does not know are those of weights that are being thought of.
  const isWeight = (name: string): boolean => initializers.has(name) || !(producers.has(name) || inputs.has(name));
  let callMs: Promise<number> | undefined;
  return {
    async time(variants, tries = 1) {
      const call = await (callMs ??= timeCall(model));
      const key = JSON.stringify(variants.map(({ nodes, types }) => nodes.map((node) => describe(node, types))));
      const timings = known.get(key) ?? { fastest: variants.map(() => undefined), tries: 0 };
      known.set(key, timings);
      for (; timings.tries < tries; timings.tries++) await race(variants, timings.fastest);
      return timings.fastest.map((ms) => (ms === undefined ? undefined : Math.max(0, ms - call)));
    },
  };

  /** Runs variants in turn and lowers `fastest`, one figure a variant, to the fastest run of each. */
  async function race(variants: readonly LayerVariant[], fastest: (number | undefined)[]): Promise<void> {
    const entrants: Entrant[] = [];
    try {
      for (const [at, variant] of variants.entries()) {
        const entrant = await enter(at, variant);
        if (entrant) entrants.push(entrant);
      }
      const begun = performance.now();
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const seconds = (performance.now() - begun) / 1000;
        if (round > 0 && seconds > (round < MIN_ROUNDS ? MAX_SECONDS : SECONDS)) break;
        throwIfCancelled(signal);
        for (const { at, session, feeds } of entrants) {
          const start = performance.now();
          await session.run(feeds);
          fastest[at] = Math.min(fastest[at] ?? Infinity, performance.now() - start);
        }
      }
    } finally {
      for (const { session } of entrants) await session.release();
    }
  }

  async function enter(at: number, { nodes, types }: LayerVariant): Promise<Entrant | undefined> {
    const single = chainModel(model, nodes, types, isWeight);
    if (!single) return undefined;
    let session: Session | undefined;
    try {
      session = await createSession(single.model, { threads: 1 });
      for (let i = 0; i < WARMUP; i++) await session.run(single.feeds);
      return { at, session, feeds: single.feeds };
    } catch (error) {
      await session?.release();
      if (error instanceof PressError) return undefined;
      throw error;
    }
  }
}

/** Milliseconds that a call takes besides computing. */
async function timeCall(source: Model): Promise<number> {
  const one: LayerVariant['types'] = new Map([['one', { name: 'one', type: 'float32', dims: [1] }]]);
  const empty = chainModel(source, [makeNode('Identity', 'call', ['one'], ['same'])], one, () => false);
  if (!empty) return 0;
  const session = await createSession(empty.model, { threads: 1 });
  try {
    let fastest = Infinity;
    for (let i = 0; i < CALL_ROUNDS; i++) {
      const start = performance.now();
      await session.run(empty.feeds);
      fastest = Math.min(fastest, performance.now() - start);
    }
    return fastest;
  } finally {
    await session.release();
  }
}

/** A variant that runs, and its place among the others. */
interface Entrant {
  readonly at: number;
  readonly session: Session;
  readonly feeds: TensorMap;
}

function describe(node: NodeProto, types: ReadonlyMap<string, TensorInfo>): unknown {
  const attributes = node.attribute.map(({ name, i, f, ints }) => [name, String(i), f, ints.map(String)]);
  return [node.opType, attributes, node.input.map((name) => types.get(name)?.dims)];
}

/** A model of some nodes: weights are drawn, what else they read is fed. */
function chainModel(
  source: Model,
  nodes: readonly NodeProto[],
  types: ReadonlyMap<string, TensorInfo>,
  isWeight: (name: string) => boolean,
): { readonly model: Model; readonly feeds: TensorMap } | undefined {
  const model: Model = {
    proto: create(ModelProtoSchema, {
      irVersion: source.proto.irVersion,
      opsetImport: source.proto.opsetImport.filter(({ domain }) => domain === '' || domain === 'ai.onnx'),
    }),
    weights: new Map(),
  };
  const graph = create(GraphProtoSchema, { name: 'layer' });
  model.proto.graph = graph;
  const draw = createDrawer();
  const made = new Set<string>();
  const feeds: Record<string, TensorMap[string]> = {};
  for (const original of nodes) {
    const node = clone(NodeProtoSchema, original);
    for (const name of new Set(node.input)) {
      if (name === '' || made.has(name)) continue;
      const info = types.get(name);
      const dims = info?.dims.map((dim) => (typeof dim === 'number' ? dim : 1));
      if (info?.type !== 'float32' || !dims || dims.some((dim) => dim < 1)) return undefined;
      const count = dims.reduce((product, dim) => product * dim, 1);
      const values = draw(count);
      if (isWeight(name)) graph.initializer.push(addFloatTensor(model, name, dims, values));
      else {
        graph.input.push(tensorValueInfo(name, dataTypeOf('float32'), dims));
        feeds[name] = { type: 'float32', dims, data: values };
      }
      made.add(name);
    }
    if (node.opType === 'Conv') fitGroups(node, types);
    for (const name of node.output) made.add(name);
    graph.node.push(node);
  }
  graph.output.push(create(ValueInfoProtoSchema, { name: nodes.at(-1)?.output[0] ?? '' }));
  return { model, feeds };
}

/** Values drawn once and repeated: latency does not depend on more, and drawing millions of them takes its time. */
function createDrawer(): (count: number) => Float32Array<ArrayBuffer> {
  const random = createRandom(1);
  const drawn = Float32Array.from({ length: DRAWN_VALUES }, () => random.next() - 0.5);
  return (count) => {
    const values = new Float32Array(count);
    for (let at = 0; at < count; at += drawn.length) values.set(drawn.subarray(0, count - at), at);
    return values;
  };
}

/** A depthwise or grouped convolution of fewer channels has fewer groups. */
function fitGroups(node: NodeProto, types: ReadonlyMap<string, TensorInfo>): void {
  const [channels, perGroup] = [types.get(node.input[0] ?? '')?.dims[1], types.get(node.input[1] ?? '')?.dims[1]];
  if (typeof channels === 'number' && typeof perGroup === 'number' && channels % perGroup === 0)
    setAttribute(node, 'group', channels / perGroup);
}
