import { basename } from 'node:path';
import { graphsOf, mainGraph, type Model } from '../onnx/model';
import type { GraphProto } from '../onnx/onnx_pb';
import type { LayerKept, PruneParams } from '../protocol';
import { PressError } from '../util/pressError';

/** The refusal of a run that would change nothing, with the reason that most layers have. */
export function nothingToPrune(
  { model, settings }: PruneParams,
  kept: readonly LayerKept[],
  pruned: Model,
): PressError {
  const counts = new Map<string, number>();
  for (const { reason } of kept) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  const why = most
    ? `; of ${kept.length} layers or groups most are kept because: ${most[0]}`
    : settings.method === 'channel'
      ? `: ${reasonForNoGroup(pruned)}`
      : settings.method === 'depth'
        ? ': it has no residual branch with weights, which is what depth removes.'
        : '.';
  return new PressError(
    'nothing-to-prune',
    `Nothing of ${basename(model)} can be pruned by ${settings.method} as asked${why} Choose another method or amount, or protect less.`,
    { path: model, method: settings.method },
  );
}

/** Why no channels of a model are coupled to anything that could be removed. */
function reasonForNoGroup(model: Model): string {
  const [main, ...inner] = [...graphsOf(mainGraph(model))].map(readersOfWeights);
  const layers = main ?? 0;
  if (layers < 2 && inner.some((count) => count > 1))
    return 'its layers are inside the branches of an If, Loop or Scan, where channels are not followed.';
  if (layers < 2)
    return `${layers === 0 ? 'none' : 'only one'} of its nodes reads a weight, so that there are no channels that one layer makes and another reads.`;
  return 'no channel that one of its layers makes is read by another layer: all of them are inputs or outputs of the graph.';
}

/** How many nodes of a graph read a weight of that graph. */
function readersOfWeights({ node, initializer }: GraphProto): number {
  const constants = node.flatMap(({ opType, output }) => (opType === 'Constant' ? output : []));
  const weights = new Set([...initializer.map(({ name }) => name), ...constants]);
  return node.filter(({ input }) => input.some((name) => weights.has(name))).length;
}

/** Refuses settings that contradict each other or that nothing would act on. Throws `bad-option`. */
export function refuseContradictions({ settings }: PruneParams): void {
  const { auto = false, method } = settings;
  const budgets = (['targetMacs', 'targetSize', 'targetLatency'] as const).filter((key) => settings[key] !== undefined);
  const refuse = (option: string, message: string): never => {
    throw new PressError('bad-option', message, { option });
  };
  const [first, second] = budgets;
  if (first && method !== 'channel' && !(method === 'depth' && first === 'targetMacs'))
    refuse(first, `${first} is for method channel${first === 'targetMacs' ? ' or depth' : ''}. Leave it out.`);
  if (auto && method !== 'channel') refuse('auto', 'auto is for method channel. Leave it out.');
  if (first && second) refuse(second, `${first} and ${second} exclude each other. Give one budget.`);
  if (auto && !first) refuse('auto', 'auto needs a budget: give targetMacs, targetSize or targetLatency.');
  if (first && first !== 'targetMacs' && !auto) refuse(first, `${first} needs auto: it is met with amounts by layer.`);
  if (auto && settings.layers) refuse('layers', 'auto finds the amounts of all layers. Leave layers out, or auto.');
}
