import { create } from '@bufbuild/protobuf';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeNode } from '../onnx/attributes';
import type { Model } from '../onnx/model';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType as Type,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type ValueInfoProto,
} from '../onnx/onnx_pb';
import type { TensorMap } from '../onnx/tensorValue';
import { readProfile, type NodeRuns, type Profile } from '../runtime/readProfile';
import { createSession } from '../runtime/session';
import { throwIfCancelled } from '../util/pressError';
import { quantile } from '../util/stats';

/** Lengths of the chains whose difference gives the cost of one node. */
const SHORT = 32;
const LONG = 256;
/** Runs that count, and runs before them. */
const RUNS = 30;
const WARMUP = 10;
const QUARTILE = 0.25;
const PREFIX = 'cost';
/** The only provider whose kernels are timed so. */
const CPU = 'CPUExecutionProvider';
/** What the chains take. */
const FEEDS: TensorMap = { t0: { type: 'float32', dims: [1, 1, 1, 1], data: Float32Array.of(1) } };

/**
 * Which share of what the profiler adds to a run lies within the times that it gives for kernels, 0..1: measured on
 * chains of nodes that do nothing, with and without the profiler in turn; takes some 0.1 s.
 */
export async function measureProfilerShare(folder: string, threads: number, signal: AbortSignal): Promise<number> {
  const short = await runChain(SHORT, folder, threads, signal);
  const long = await runChain(LONG, folder, threads, signal);
  const plainMs = long.plainMs - short.plainMs;
  const withinMs = long.kernelsMs - short.kernelsMs - plainMs;
  const wholeMs = long.profiledMs - short.profiledMs - plainMs;
  return wholeMs > 0 ? Math.min(1, Math.max(0, withinMs / wholeMs)) : 0;
}

/**
 * A profile without what profiling added: `kernelMs` for each kernel, and `nestedMs` for each that ran within another
 * one's time. No time falls below zero. Kernels of accelerators stay as they are.
 */
export function withoutCost({ nodes, runMs }: Profile, kernelMs: number, nestedMs: number): Profile {
  const net = (node: NodeRuns): NodeRuns =>
    node.provider === CPU
      ? {
          ...node,
          ms: node.ms.map((ms, run) =>
            Math.max(0, ms - kernelMs * (node.kernels[run] ?? 0) - nestedMs * (node.nested[run] ?? 0)),
          ),
        }
      : node;
  return { nodes: nodes.map(net), runMs };
}

interface ChainTimes {
  /** A whole run without the profiler, and with it. */
  readonly plainMs: number;
  readonly profiledMs: number;
  /** What the profiler says of all nodes together. */
  readonly kernelsMs: number;
}

async function runChain(length: number, folder: string, threads: number, signal: AbortSignal): Promise<ChainTimes> {
  const model = chainOf(length);
  const prefix = `${PREFIX}${length}`;
  const settings = { threads, optimization: 'disabled' as const };
  const plainMs: number[] = [];
  const profiledMs: number[] = [];
  const plain = await createSession(model, settings);
  try {
    const profiled = await createSession(model, { ...settings, profilePrefix: join(folder, prefix) });
    try {
      for (let run = 0; run < WARMUP + RUNS; run++) {
        throwIfCancelled(signal);
        const start = performance.now();
        await plain.run(FEEDS);
        const middle = performance.now();
        await profiled.run(FEEDS);
        plainMs.push(middle - start);
        profiledMs.push(performance.now() - middle);
      }
    } finally {
      await profiled.release();
    }
  } finally {
    await plain.release();
  }
  const name = readdirSync(folder).find((each) => each.startsWith(prefix));
  const profile: Profile = name === undefined ? { nodes: [], runMs: [] } : await readProfile(join(folder, name));
  const kernelsMs = profile.runMs.map((_, run) => profile.nodes.reduce((sum, { ms }) => sum + (ms[run] ?? 0), 0));
  // Whatever else the machine does makes runs longer, never shorter.
  const typical = (values: readonly number[]): number => quantile(values.slice(WARMUP), QUARTILE);
  return { plainMs: typical(plainMs), profiledMs: typical(profiledMs), kernelsMs: typical(kernelsMs) };
}

/** A chain of nodes that each negate one number. */
function chainOf(length: number): Model {
  const graph = create(GraphProtoSchema, {
    name: 'chain',
    node: Array.from({ length }, (_, i) => makeNode('Neg', `n${i}`, [`t${i}`], [`t${i + 1}`])),
    input: [oneNumber('t0')],
    output: [oneNumber(`t${length}`)],
  });
  const opsetImport = [create(OperatorSetIdProtoSchema, { domain: '', version: 13n })];
  return { proto: create(ModelProtoSchema, { irVersion: 8n, opsetImport, graph }), weights: new Map() };
}

function oneNumber(name: string): ValueInfoProto {
  const dim = Array.from({ length: 4 }, () =>
    create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: 1n } }),
  );
  const shape = create(TensorShapeProtoSchema, { dim });
  const tensor = create(TypeProto_TensorSchema, { elemType: Type.FLOAT, shape });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}
