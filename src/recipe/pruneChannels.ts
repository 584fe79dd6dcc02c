import { createExclusion } from '../onnx/exclude';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import type { TensorInfo } from '../onnx/tensorValue';
import type { ChannelReport, NodeMapping, PrunedGroup, PruneSettings } from '../protocol';
import { couple } from '../prune/coupling/couple';
import type { CoupledGroup, Coupling, Removal } from '../prune/coupling/types';
import { scoreUnits, type UnitScores } from '../prune/importance/scoreUnits';
import { maskUnits } from '../prune/removal/maskUnits';
import { removeUnits } from '../prune/removal/removeUnits';
import { modelMacs, prunedTypes } from '../prune/selection/prunedMacs';
import { amountOfStep, removalForBudget } from '../prune/selection/removalForBudget';
import { selectUnits } from '../prune/selection/selectUnits';
import { throwIfCancelled } from '../util/pressError';
import type { PrunedPair, Recalibrated } from './pruneRecalibration';
import type { RunContext } from './runContext';

/** The share of channels that is removed when nothing is said. */
export const DEFAULT_CHANNEL_AMOUNT = 0.3;
const DEFAULT_IMPORTANCE = 'l2';

/** What other parts of the program add to a pruning. */
export interface PruneHooks {
  /** Called after every step but the last with the model so far, and returns the one to go on with: fine-tuned. */
  readonly betweenSteps?: (model: Model, step: number, steps: number) => Promise<Model>;
}

/** What channel pruning works on. */
export interface ChannelInput {
  /** Normalised. */
  readonly model: Model;
  /** The same with BatchNormalization nodes, for their scales and statistics. */
  readonly unfolded: Model | undefined;
  readonly settings: PruneSettings;
  readonly seed: number;
  /** Types of all tensors with the shapes that are fed. */
  readonly typesOf: (model: Model) => Promise<ReadonlyMap<string, TensorInfo>>;
  /** Mean of each channel of the inputs of layers, by tensor; undefined where there is no data. */
  readonly meansOf: (model: Model, types: ReadonlyMap<string, TensorInfo>) => Promise<Means | undefined>;
  /** Scores for the importance `taylor`, from gradients. */
  readonly taylorOf: (model: Model, coupling: Coupling) => Promise<UnitScores>;
  readonly recalibrate: (pair: PrunedPair) => Promise<Recalibrated>;
  readonly hooks: PruneHooks;
  readonly context: RunContext;
}

/** Mean of each channel by tensor. */
export type Means = ReadonlyMap<string, Float64Array>;

/** How one attempt differs from another. */
export interface ChannelPolicy {
  readonly multiples: ReadonlyMap<string, number>;
  /** Share of what was asked for that is really removed. */
  readonly strength: number;
  /** True where only the shapes matter: weights are neither recalibrated nor trained. */
  readonly isTrial?: boolean;
}

/** A model with fewer channels. */
export interface ChannelOutcome {
  readonly model: Model;
  readonly report: Omit<ChannelReport, 'adjustments'>;
  readonly mapping: readonly NodeMapping[];
  readonly recalibrated: { readonly kind: Recalibrated['kind']; readonly layers: number };
  readonly macs: { readonly before: number; readonly after: number };
}

/** How the channels of a model hang together, with what the person protects. */
export function coupleModel(model: Model, types: ReadonlyMap<string, TensorInfo>, settings: PruneSettings): Coupling {
  const exclusion = createExclusion(settings.protect);
  const matched = new Map(mainGraph(model).node.map((node) => [node, exclusion.match(node)]));
  const groups = couple(model, types).groups.map((group): CoupledGroup => {
    if (group.protection !== undefined) return group;
    const patterns = group.members.flatMap(({ node, role }) =>
      node && role !== 'carries' ? (matched.get(node) ?? []) : [],
    );
    return patterns[0] === undefined ? group : { ...group, protection: `Protected by ${patterns[0]}.` };
  });
  return { groups };
}

/**
 * Removes channels in as many steps as the settings say; scores, groups and means are found anew before each. The amount
 * is a share of all channels, or the one that brings the multiply-accumulates down to `targetMacs`.
 */
export async function pruneChannels(input: ChannelInput, policy: ChannelPolicy): Promise<ChannelOutcome> {
  const { settings, context, hooks } = input;
  const { steps = 1 } = settings;
  const kept = new Map<string, number[]>();
  let first: { readonly coupling: Coupling; readonly macs: number } | undefined;
  let state: State = { model: input.model, unfolded: input.unfolded };
  const recalibrated = { kind: 'none' as ChannelOutcome['recalibrated']['kind'], layers: new Set<string>() };
  for (let step = 0; step < steps; step++) {
    throwIfCancelled(context.signal);
    context.onProgress({ stage: 'prune', done: step, total: steps });
    const types = await input.typesOf(state.model);
    const coupling = coupleModel(state.model, types, settings);
    first ??= { coupling, macs: modelMacs(state.model, types) };
    const means = settings.importance === 'activation' ? await input.meansOf(state.model, types) : undefined;
    const unfolded = state.unfolded && (await unfoldedOf(input, state.unfolded));
    const scores = scoreUnits({
      model: state.model,
      coupling,
      importance: settings.importance ?? DEFAULT_IMPORTANCE,
      seed: input.seed + step,
      ...(means ? { means } : {}),
      ...(unfolded ? { unfolded } : {}),
      ...(settings.importance === 'taylor' ? { given: await input.taylorOf(state.model, coupling) } : {}),
    });
    const removal = removalOf({ model: state.model, coupling, types, scores, first, step, steps }, settings, policy);
    for (const group of coupling.groups) noteKept(kept, group, removal.get(group.name));
    const pruned = await applyRemoval(input, state, { types, coupling, removal }, policy);
    if (pruned.layers.length > 0) recalibrated.kind = pruned.kind;
    for (const name of pruned.layers) recalibrated.layers.add(name);
    if (unfolded) removeUnits(unfolded.model, unfolded.types, unfolded.coupling, known(unfolded.coupling, removal));
    state = { model: pruned.model, unfolded: unfolded?.model };
    if (step < steps - 1 && hooks.betweenSteps && !policy.isTrial)
      state = { ...state, model: await hooks.betweenSteps(state.model, step, steps) };
  }
  context.onProgress({ stage: 'prune', done: steps, total: steps });
  const { coupling, macs } = first as NonNullable<typeof first>; // there is at least one step
  const groups = coupling.groups.map((group) => describeGroup(group, kept.get(group.name), policy));
  return {
    model: state.model,
    report: {
      groups,
      channelsBefore: groups.reduce((sum, { units }) => sum + units, 0),
      channelsAfter: groups.reduce((sum, { units, removed }) => sum + units - removed.length, 0),
      importance: settings.importance ?? DEFAULT_IMPORTANCE,
      steps,
    },
    mapping: mappingOf(groups, state.model),
    recalibrated: { kind: recalibrated.kind, layers: recalibrated.layers.size },
    macs: { before: macs, after: modelMacs(state.model, await input.typesOf(state.model)) },
  };
}

interface State {
  readonly model: Model;
  readonly unfolded: Model | undefined;
}

async function unfoldedOf(input: ChannelInput, source: Model) {
  const model = cloneModel(source);
  const types = await input.typesOf(model);
  return { model, types, coupling: coupleModel(model, types, input.settings) };
}

interface StepFacts {
  readonly model: Model;
  readonly coupling: Coupling;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly scores: UnitScores;
  readonly first: { readonly coupling: Coupling; readonly macs: number };
  readonly step: number;
  readonly steps: number;
}

function removalOf(facts: StepFacts, settings: PruneSettings, { multiples, strength }: ChannelPolicy): Removal {
  const { coupling, types, scores, first, step, steps } = facts;
  const { amount = DEFAULT_CHANNEL_AMOUNT, scope = 'global', minChannels = 1, layers, targetMacs } = settings;
  const own = layers && ownAmounts(facts, layers, strength);
  const select = (share: number): Removal =>
    selectUnits(coupling.groups, scores, {
      amount: share,
      scope,
      minChannels,
      multiples,
      ...(own ? { amounts: own } : {}),
    });
  if (targetMacs === undefined) return select(amountOfStep(amount * strength, step, steps));
  const budget = first.macs * (1 - ((1 - targetMacs) * strength * (step + 1)) / steps);
  const cost = (removal: Removal): number => modelMacs(facts.model, prunedTypes(types, coupling, removal));
  return removalForBudget({ select, cost, budget, scores });
}

/** What a step takes of groups with amounts of their own: counted from the first width, so that roundings do not add up. */
function ownAmounts(
  { coupling, first, step, steps }: StepFacts,
  layers: Readonly<Record<string, number>>,
  strength: number,
): Record<string, number> {
  const original = new Map(first.coupling.groups.map(({ name, units }) => [name, units]));
  return Object.fromEntries(
    coupling.groups.flatMap(({ name, units }) => {
      if (!Object.hasOwn(layers, name)) return [];
      const share = ((layers[name] ?? 0) * strength * (step + 1)) / steps;
      return [[name, Math.max(0, 1 - Math.round((original.get(name) ?? units) * (1 - share)) / units)]];
    }),
  );
}

/** Masks the units, makes up for them in the layers that are left, and takes them out. */
async function applyRemoval(
  input: ChannelInput,
  { model: original, unfolded }: State,
  facts: {
    readonly types: ReadonlyMap<string, TensorInfo>;
    readonly coupling: Coupling;
    readonly removal: Removal;
  },
  { isTrial = false }: ChannelPolicy,
): Promise<Recalibrated> {
  const { types, coupling, removal } = facts;
  const masked = cloneModel(original);
  if (isTrial || input.settings.recalibrate === false) {
    removeUnits(masked, types, coupling, removal);
    return { model: masked, layers: [], kind: 'none' };
  }
  maskUnits(masked, coupling, removal);
  const { model, ...made } = await input.recalibrate({ original, masked, types, unfolded });
  // Biases may be new tensors now, which belong to the groups too.
  const newTypes = await input.typesOf(model);
  removeUnits(model, newTypes, couple(model, newTypes), removal);
  return { model, ...made };
}

/** The part of a removal that a coupling knows: the same names with as many units. */
function known(coupling: Coupling, removal: Removal): Removal {
  const names = new Set(coupling.groups.filter(({ protection }) => protection === undefined).map(({ name }) => name));
  return new Map([...removal].filter(([name]) => names.has(name)));
}

/** Follows which of the original units are left of a group. */
function noteKept(kept: Map<string, number[]>, { name, units }: CoupledGroup, removed?: ReadonlySet<number>): void {
  const present = kept.get(name) ?? Array.from({ length: units }, (_, i) => i);
  kept.set(
    name,
    present.filter((_, i) => !removed?.has(i)),
  );
}

function describeGroup(
  { name, units, members, protection }: CoupledGroup,
  kept: readonly number[] = [],
  { multiples }: ChannelPolicy,
): PrunedGroup {
  const left = new Set(kept);
  return {
    group: name,
    nodes: [...new Set(members.flatMap(({ node, role }) => (node && role !== 'carries' ? [node.name] : [])))],
    units,
    removed: Array.from({ length: units }, (_, i) => i).filter((unit) => !left.has(unit)),
    multiple: multiples.get(name) ?? 1,
    ...(protection === undefined ? {} : { protection }),
  };
}

/** Nodes keep their names; those that lost channels are named. */
function mappingOf(groups: readonly PrunedGroup[], model: Model): NodeMapping[] {
  const present = new Set(mainGraph(model).node.map(({ name }) => name));
  const changed = new Set(groups.flatMap(({ nodes, removed }) => (removed.length > 0 ? nodes : [])));
  return [...changed].map((source) => ({ source, targets: present.has(source) ? [source] : [] }));
}
