import { countMacs, isUncounted } from '../evaluate/countMacs';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import type { NodeProto } from '../onnx/onnx_pb';
import type { TensorInfo } from '../onnx/tensorValue';
import { weightBytes } from '../onnx/writeModel';
import type { ProfiledBatch, ProfileParams, ProfileResult } from '../protocol';
import { runtimeVersion } from '../runtime/session';
import { fixInputShapes, inferTensorTypes } from '../runtime/tensorTypes';
import { PressError } from '../util/pressError';
import { median, spreadOf } from '../util/stats';
import { aboutModel } from './evaluationData';
import { withGraph } from './graph/openGraph';
import { countWeights } from './modelFacts';
import { assignProfile, type ProfileAssignment } from './profileAssignment';
import { profiledNodes, profiledOperators } from './profiledNodes';
import { profileRuns, WARMUP_RUNS, type BatchProfile } from './profileRuns';
import type { RunContext } from './runContext';

/**
 * Measures where the time of a model goes, on generated inputs: by node of the file and by operator, with what became of
 * every node, memory, multiply-accumulates, and the whole run for several batch sizes. Writes nothing.
 * Throws `bad-option` for a provider that is not there, `model-does-not-run`, `unknown-shape`.
 */
export function profileModel(params: ProfileParams, context: RunContext): Promise<ProfileResult> {
  const { model: path, provider = 'cpu', ...settings } = params;
  context.onProgress({ stage: 'read', done: 0, total: 0 });
  const beforeBytes = process.memoryUsage.rss();
  return aboutModel(path, () =>
    withGraph(path, async ({ file, graph }) => {
      const { document } = graph;
      const runs = await profileRuns({ path, provider, ...settings }, { file, document }, context);
      const [first] = runs.batches as readonly [BatchProfile]; // there is always one batch size
      const assignment = assignProfile(first.profile, runs.fusions);
      const macs = await macsOf(file.model, first.inputs);
      const nodes = profiledNodes(document, assignment, macs.byNode);
      const { external } = weightBytes(file.model);
      const { parameterCount, weightBytes: bytes } = countWeights(file.model);
      return {
        model: { path, sizeBytes: file.sizeBytes + external, parameterCount },
        runtime: runtimeVersion,
        provider,
        nodesByProvider: countBy(first.profile.nodes.map((node) => node.provider)),
        threads: params.threads ?? 0,
        warmup: WARMUP_RUNS,
        batches: runs.batches.map((batch) => batchFigures(batch)),
        nodes,
        operators: profiledOperators(nodes, assignment),
        added: addedKernels(assignment),
        unassignedShare: unassignedShare(assignment),
        macs: { total: macs.total, uncounted: macs.uncounted },
        profilerKernelMs: first.kernelCostMs,
        memory: { peakBytes: runs.peakBytes, beforeBytes, weightBytes: bytes },
        notes: notesOf(runs.refusedBatches, first.batchSize, macs.problem),
      };
    }),
  );
}

function batchFigures({ batchSize, profile, wholeMs, callMs }: BatchProfile): ProfiledBatch {
  const nodesMs = profile.runMs.map((_, run) => profile.nodes.reduce((sum, { ms }) => sum + (ms[run] ?? 0), 0));
  const runMs = spreadOf(wholeMs);
  return {
    batchSize,
    runs: wholeMs.length,
    runMs,
    nodesMs: spreadOf(nodesMs),
    // Pair by pair: a run with the profiler and one without follow each other.
    coverage: median(wholeMs.map((ms, run) => ((callMs[run] ?? 0) + (nodesMs[run] ?? 0)) / ms)),
    callMs: spreadOf(callMs),
    profiledMs: spreadOf(profile.runMs),
    samplesPerSecond: (batchSize * 1000) / runMs.median,
  };
}

function addedKernels({ added }: ProfileAssignment): ProfileResult['added'] {
  return added.map(({ opType, count, ms }) => ({ opType, count, ms: median(ms) })).sort((a, b) => b.ms - a.ms);
}

function unassignedShare({ added, totalMs }: ProfileAssignment): number {
  const shares = totalMs.map((total, run) => {
    const rest = added.reduce((sum, { ms }) => sum + (ms[run] ?? 0), 0);
    return total > 0 ? rest / total : 0;
  });
  return median(shares);
}

interface Macs {
  readonly byNode: ReadonlyMap<string, number>;
  readonly total: number;
  readonly uncounted: Record<string, number>;
  /** Why there are none. */
  readonly problem?: string;
}

/** Multiply-accumulates of every node of the main graph, by its number in the graph. */
async function macsOf(model: Model, inputs: readonly TensorInfo[]): Promise<Macs> {
  const nodes = mainGraph(model).node;
  const uncounted = countBy(nodes.filter(isUncounted).map(({ opType }) => opType));
  try {
    const copy = cloneModel(model);
    fixInputShapes(copy, inputs);
    const types = await inferTensorTypes(copy);
    const byNode = new Map(
      nodes.flatMap((node: NodeProto, i) => (isUncounted(node) ? [] : [[String(i), countMacs(node, types)] as const])),
    );
    return { byNode, uncounted, total: [...byNode.values()].reduce((sum, count) => sum + count, 0) };
  } catch (error) {
    if (!(error instanceof PressError)) throw error;
    return { byNode: new Map(), uncounted, total: 0, problem: error.message };
  }
}

function notesOf(refused: readonly number[], own: number, problem: string | undefined): string[] {
  return [
    ...(refused.length > 0
      ? [
          `The model fixes its batch to ${own}, so ${refused.join(', ')} ${refused.length > 1 ? 'were' : 'was'} not measured.`,
        ]
      : []),
    ...(problem === undefined ? [] : [`Multiply-accumulates are unknown: ${problem}`]),
  ];
}

function countBy(keys: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
