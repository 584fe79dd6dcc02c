import type { Model } from '../../onnx/model';
import type { TensorMap } from '../../onnx/tensorValue';
import { createSession } from '../../runtime/session';
import { CORRECT, LOSS, SAMPLE_LOSS, TARGET, type TrainingGraphs } from './stepGraph';
import type { ModelState, Shard, ShardGradients, ShardMetrics } from './stepRunner';
import { vectorFeeds, vectorLength, type VectorPart } from './weightVector';

/** What a process needs to compute shards; the graphs as models, or as the bytes of their files. */
export interface ShardPlan {
  readonly step: Model | Uint8Array;
  readonly evaluation: Model | Uint8Array;
  readonly weights: readonly (VectorPart & { readonly isExported: boolean })[];
  readonly gradients: readonly string[];
  readonly statistics: readonly VectorPart[];
  /** Names of the updated statistics; empty where they are not trained. */
  readonly updated: readonly string[];
  readonly targetSize?: number;
  readonly threads: number;
}

/** Computes shards in this process. Release it when done. */
export interface ShardComputer {
  step(shard: Shard, state: ModelState): Promise<ShardGradients>;
  evaluate(shard: Shard, state: ModelState): Promise<ShardMetrics>;
  release(): Promise<void>;
}

/** The plan of training graphs. */
export function shardPlan(graphs: TrainingGraphs, threads: number): ShardPlan {
  return {
    step: graphs.step.model,
    evaluation: graphs.evaluation.model,
    weights: graphs.weights,
    gradients: graphs.step.gradients ?? [],
    statistics: graphs.statistics,
    updated: graphs.step.statistics ?? [],
    ...(graphs.targetSize === undefined ? {} : { targetSize: graphs.targetSize }),
    threads,
  };
}

/** Loads both graphs. */
export async function createShardComputer(plan: ShardPlan): Promise<ShardComputer> {
  const { weights, statistics, targetSize, threads } = plan;
  const step = await createSession(plan.step, { threads });
  const evaluation = await createSession(plan.evaluation, { threads });
  const exported = weights.filter(({ isExported }) => isExported);
  const present = { step: inputNames(step.inputs), evaluation: inputNames(evaluation.inputs) };

  const feeds = (
    shard: Shard,
    state: ModelState,
    parts: readonly VectorPart[],
    known: ReadonlySet<string>,
  ): TensorMap =>
    onlyKnown(
      {
        ...vectorFeeds(parts, state.weights),
        ...vectorFeeds(statistics, state.statistics),
        ...shard.inputs,
        ...(shard.target && targetSize !== undefined
          ? { [TARGET]: { type: 'float32', dims: [shard.target.length / targetSize, targetSize], data: shard.target } }
          : {}),
      },
      known,
    );

  return {
    async step(shard, state) {
      const outputs = await step.run(feeds(shard, state, weights, present.step));
      return {
        loss: floats(outputs, LOSS)[0] ?? NaN,
        correct: outputs[CORRECT] ? floats(outputs, CORRECT).reduce((sum, value) => sum + value, 0) : 0,
        gradients: joined(outputs, weights, plan.gradients),
        statistics: joined(outputs, statistics, plan.updated),
      };
    },
    async evaluate(shard, state) {
      const outputs = await evaluation.run(feeds(shard, state, exported, present.evaluation));
      return {
        losses: floats(outputs, SAMPLE_LOSS),
        ...(outputs[CORRECT] ? { correct: floats(outputs, CORRECT) } : {}),
      };
    },
    async release() {
      await step.release();
      await evaluation.release();
    },
  };
}

function inputNames(inputs: readonly { readonly name: string }[]): ReadonlySet<string> {
  return new Set(inputs.map(({ name }) => name));
}

/** What a graph does not ask for must not be fed: a statistic that its batch replaces, a target without labels. */
function onlyKnown(feeds: TensorMap, known: ReadonlySet<string>): TensorMap {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => known.has(name)));
}

function joined(outputs: TensorMap, parts: readonly VectorPart[], names: readonly string[]): Float32Array {
  if (names.length === 0) return new Float32Array(0);
  const vector = new Float32Array(vectorLength(parts));
  for (const [i, { offset }] of parts.entries()) vector.set(floats(outputs, names[i] ?? ''), offset);
  return vector;
}

function floats(outputs: TensorMap, name: string): Float32Array {
  return outputs[name]?.data as Float32Array; // an output of the graph, float32
}
