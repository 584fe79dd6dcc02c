import { createExclusion } from '../onnx/exclude';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import type { TensorInfo } from '../onnx/tensorValue';
import type { DepthReport, LayerKept, NodeMapping, PrunedBranch, PruneSettings } from '../protocol';
import { removeBranch } from '../prune/depth/removeBranch';
import { residualBranches, type ResidualBranch } from '../prune/depth/residualBranches';
import { modelMacs } from '../prune/selection/prunedMacs';
import { throwIfCancelled } from '../util/pressError';
import type { RunContext } from './runContext';

/** The share of branches that is removed when nothing is said. */
export const DEFAULT_DEPTH_AMOUNT = 0.25;
/** Deep networks lose several branches a round, so that there are no more rounds than this. */
const MAX_ROUNDS = 16;

/** What depth pruning works on. */
export interface DepthInput {
  /** Normalised. */
  readonly model: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly settings: PruneSettings;
  /** How far the outputs of a model are from those of the original, on samples. */
  readonly divergenceOf: (model: Model) => Promise<number>;
  readonly context: RunContext;
}

/** A shallower model. */
export interface DepthOutcome {
  readonly model: Model;
  readonly report: DepthReport;
  readonly kept: readonly LayerKept[];
  readonly mapping: readonly NodeMapping[];
}

/**
 * Removes whole residual branches: round by round each that is left is taken out on trial, and the one goes that moves the
 * outputs least for the multiply-accumulates that it saves, until `targetMacs` or `amount` of the branches is reached.
 */
export async function pruneDepth(input: DepthInput): Promise<DepthOutcome> {
  const { model, types, settings, context } = input;
  const { protectedBy, all } = surveyBranches(model, types, settings);
  const candidates = (current: Model): ResidualBranch[] =>
    residualBranches(current, types).filter(({ add }) => !protectedBy.has(add));
  const open = all.length - protectedBy.size;
  const wanted = Math.round(open * (settings.amount ?? DEFAULT_DEPTH_AMOUNT));
  const budget = modelMacs(model, types) * (settings.targetMacs ?? 0);
  const removed: PrunedBranch[] = [];
  let state = model;
  const isEnough = (): boolean =>
    settings.targetMacs === undefined ? removed.length >= wanted : modelMacs(state, types) <= budget;
  const perRound = Math.max(1, Math.ceil(open / MAX_ROUNDS));
  for (let left = candidates(state); left.length > 0 && !isEnough(); left = candidates(state)) {
    const tried: { readonly branch: ResidualBranch; readonly divergence: number }[] = [];
    for (const [done, branch] of left.entries()) {
      throwIfCancelled(context.signal);
      context.onProgress({ stage: 'prune', done, total: left.length });
      tried.push({ branch, divergence: await input.divergenceOf(without(state, branch)) });
    }
    tried.sort((a, b) => a.divergence / a.branch.macs - b.divergence / b.branch.macs);
    for (const { branch, divergence } of tried.slice(0, perRound)) {
      // It may have been inside of one that went.
      const present = candidates(state).find(({ add }) => add === branch.add);
      if (isEnough() || !present) continue;
      state = without(state, present);
      removed.push({ add: present.add, nodes: present.nodes, macs: present.macs, divergence });
    }
  }
  const names = new Set(mainGraph(state).node.map(({ name }) => name));
  const kept = all.flatMap(({ add }): LayerKept[] => {
    if (removed.some((branch) => branch.add === add)) return [];
    const reason = protectedBy.get(add) ?? 'The outputs depend on its branch more than on others.';
    return [{ node: add, opType: 'Add', reason }];
  });
  return {
    model: state,
    report: { branches: all.length, removed },
    kept,
    mapping: mainGraph(model).node.flatMap(({ name }) => (names.has(name) ? [] : [{ source: name, targets: [] }])),
  };
}

function without(model: Model, branch: ResidualBranch): Model {
  const copy = cloneModel(model);
  removeBranch(copy, branch);
  return copy;
}

/** All branches, and why some of them stay, by the name of their Add. */
function surveyBranches(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  settings: PruneSettings,
): { readonly all: readonly ResidualBranch[]; readonly protectedBy: ReadonlyMap<string, string> } {
  const exclusion = createExclusion(settings.protect);
  const matches = new Map(mainGraph(model).node.map((node) => [node.name, exclusion.match(node)]));
  const all = residualBranches(model, types);
  const protectedBy = new Map(
    all.flatMap(({ add, nodes }) => {
      const [pattern] = [add, ...nodes].flatMap((name) => matches.get(name) ?? []);
      return pattern === undefined ? [] : [[add, `Protected by ${pattern}.`] as const];
    }),
  );
  return { all, protectedBy };
}
