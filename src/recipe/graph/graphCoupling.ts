import { mainGraph, type Model } from '../../onnx/model';
import type { TensorMap } from '../../onnx/tensorValue';
import { validateModel } from '../../onnx/validateModel';
import { weightBytes } from '../../onnx/writeModel';
import type { GraphCoupledGroup, GraphCoupling } from '../../protocol';
import { concreteTypes } from '../../prune/coupling/concreteTypes';
import { couple } from '../../prune/coupling/couple';
import { prepareCoupling } from '../../prune/coupling/prepareCoupling';
import type { CoupledGroup } from '../../prune/coupling/types';
import { normaliseModel } from '../../runtime/normaliseModel';
import { createSession } from '../../runtime/session';
import { errorMessage, PressError } from '../../util/pressError';
import { timingFeeds } from '../evaluationData';
import { openData } from '../openData';
import { refuseQuantized } from '../quantizeMode';
import type { RunContext } from '../runContext';
import { withGraph } from './openGraph';

/** Larger models are loaded for too long while a person looks at their graph: each rewrite is loaded once to check it. */
const MAX_NODES = 20_000;
const MAX_WEIGHT_BYTES = 2 ** 29;

/**
 * Which nodes of the main graph lose channels together when a pruning removes some: the groups that pruning finds, but
 * with BatchNormalization as nodes of their own, as the graph shows them. Nodes that only pass channels on are told
 * apart from those whose weights make or read them. A model that pruning refuses has no groups, and the reason.
 */
export function graphCoupling(path: string, context: RunContext): Promise<GraphCoupling> {
  return withGraph(path, async ({ file: { model }, graph }) => {
    try {
      validateModel(model);
      refuseQuantized(model, path);
      refuseLarge(model);
      const names = new Set(graph.document.graphs[0]?.nodes.map(({ name }) => name));
      return { groups: (await coupledGroups(path, model, context)).map((group) => describeGroup(group, names)) };
    } catch (error) {
      if (error instanceof PressError) return { groups: [], problem: errorMessage(error) };
      throw error;
    }
  });
}

async function coupledGroups(path: string, original: Model, context: RunContext): Promise<readonly CoupledGroup[]> {
  const { signal } = context;
  const feeds = await syntheticFeeds(path, signal);
  // Nothing is written, so that no rewrite needs to be verified on samples.
  const { model } = await normaliseModel(original, { feeds: null, keepBatchNorm: true, signal });
  await prepareCoupling(model);
  return couple(model, await concreteTypes(model, feeds)).groups;
}

async function syntheticFeeds(path: string, signal: AbortSignal): Promise<TensorMap> {
  const session = await createSession(path, { optimization: 'disabled', threads: 1 });
  try {
    const dataset = await openData(path, session.inputs, { synthetic: true, limit: 1 });
    return (await timingFeeds(dataset, [session.inputs], signal)).feeds;
  } finally {
    await session.release();
  }
}

function refuseLarge(model: Model): void {
  if (mainGraph(model).node.length <= MAX_NODES && weightBytes(model).total <= MAX_WEIGHT_BYTES) return;
  throw new PressError(
    'unsupported-model',
    `Coupled channels are looked for in models of up to ${MAX_NODES} nodes and ${MAX_WEIGHT_BYTES / 2 ** 20} MB of weights.`,
  );
}

/** Nodes that rewrites have made are left out: the graph does not show them. */
function describeGroup({ name, units, members, protection }: CoupledGroup, known: ReadonlySet<string>) {
  const withRole = (wanted: string, taken: readonly string[]): string[] => {
    const names = members.flatMap(({ node, role }) => (node && role === wanted ? [node.name] : []));
    return [...new Set(names)].filter((node) => known.has(node) && !taken.includes(node));
  };
  const makers = withRole('makes', []);
  const readers = withRole('reads', makers);
  const group: GraphCoupledGroup = {
    group: name,
    channels: units,
    makers,
    readers,
    carriers: withRole('carries', [...makers, ...readers]),
    ...(protection === undefined ? {} : { protection }),
  };
  return group;
}
