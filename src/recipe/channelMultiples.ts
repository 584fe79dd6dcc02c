import { countMacs } from '../evaluate/countMacs';
import type { CoupledGroup, Coupling } from '../prune/coupling/types';
import { prunedTypes } from '../prune/selection/prunedMacs';
import type { NodeProto } from '../onnx/onnx_pb';
import type { TensorInfo } from '../onnx/tensorValue';
import { throwIfCancelled } from '../util/pressError';
import type { LayerTimer } from './layerTimings';
import type { RunContext } from './runContext';

/** Multiples that kernels are made for, in the order in which they are tried. */
const MULTIPLES = [16, 8, 4, 2];
/** Groups that are not reached in this time get the largest multiple, which is what kernels are made for mostly. */
const MAX_SECONDS = 20;
/** A count is worth it when it saves at least this share of what fewer channels should save. */
const FAIR_SHARE = 0.4;
/** A smaller multiple is used when it saves nearly as much a channel as the best one so far. */
const NEARLY_BEST = 0.8;
/** Counts are tried at about so much of a group: far enough for the saving to stand out from noise. */
const TRIED_SHARE = 0.7;
/** A group is given up only when a second try, on top of the first, says so too. */
const TRIES = 2;
const OPERATORS = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'];

/**
 * For each group the smallest number of which its channel count should be a multiple here: the layers of the group are
 * timed as models of their own, whole and at such a count. A group that no count makes faster gets its whole size.
 */
export async function channelMultiples(
  coupling: Coupling,
  types: ReadonlyMap<string, TensorInfo>,
  timer: LayerTimer,
  { onProgress, signal }: RunContext,
): Promise<Map<string, number>> {
  const open = coupling.groups.filter(({ protection }) => protection === undefined);
  const multiples = new Map<string, number>();
  const weights = new Map(open.map((group) => [group, macsOf(group, types)]));
  const begun = performance.now();
  for (const [done, group] of open.sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0)).entries()) {
    throwIfCancelled(signal);
    onProgress({ stage: 'widths', done, total: open.length });
    if (performance.now() - begun > MAX_SECONDS * 1000) multiples.set(group.name, MULTIPLES[0] ?? 1);
    else multiples.set(group.name, await multipleOf(group, coupling, types, timer));
  }
  onProgress({ stage: 'widths', done: open.length, total: open.length });
  return multiples;
}

async function multipleOf(
  group: CoupledGroup,
  coupling: Coupling,
  types: ReadonlyMap<string, TensorInfo>,
  timer: LayerTimer,
): Promise<number> {
  const layers = layersOf(group);
  const counts = MULTIPLES.map((multiple) => countFor(group.units, multiple));
  const widths = [...new Set([group.units, ...counts.filter((count) => count > 0)])];
  for (let tries = 1; tries <= TRIES; tries++) {
    const times = await timeWidths(group, widths, layers, coupling, types, timer, tries);
    const whole = times.get(group.units);
    if (whole === undefined) return 1;
    const shares = counts.map((count) => savedShare(whole, times.get(count), count / group.units));
    const chosen = chosenMultiple(shares);
    if (chosen !== undefined) return chosen;
  }
  return group.units;
}

/** What a narrower group saves, over what it should. */
function savedShare(whole: number, part: number | undefined, keptShare: number): number {
  return part === undefined || whole === 0 ? 0 : (whole - part) / whole / (1 - keptShare);
}

/** The smallest multiple that pays nearly as well as the best; undefined where none does. */
function chosenMultiple(shares: readonly number[]): number | undefined {
  let [chosen, best]: [number | undefined, number] = [undefined, FAIR_SHARE];
  for (const [i, share] of shares.entries()) {
    if (share >= FAIR_SHARE && share >= NEARLY_BEST * best) [chosen, best] = [MULTIPLES[i], Math.max(best, share)];
    // Below one that does not pay there is none that does.
    else if (chosen !== undefined) break;
  }
  return chosen;
}

/** A count near the tried share that is a multiple, and not one of twice as much where there is a choice. */
function countFor(units: number, multiple: number): number {
  const count = Math.round((TRIED_SHARE * units) / multiple) * multiple;
  const odd = count % (2 * multiple) === 0 && count > multiple ? count - multiple : count;
  return odd < units ? odd : 0;
}

/** Milliseconds of the layers of a group, together, at some widths; none where no layer runs on its own. */
async function timeWidths(
  group: CoupledGroup,
  widths: readonly number[],
  layers: readonly NodeProto[],
  coupling: Coupling,
  types: ReadonlyMap<string, TensorInfo>,
  timer: LayerTimer,
  tries: number,
): Promise<Map<number, number>> {
  const narrow = widths.map((width) => {
    const removed = new Set(Array.from({ length: group.units - width }, (_, i) => width + i));
    return prunedTypes(types, coupling, new Map([[group.name, removed]]));
  });
  const sums = new Map<number, number>();
  for (const layer of layers) {
    const times = await timer.time(
      narrow.map((own) => ({ nodes: [layer], types: own })),
      tries,
    );
    // A layer that does not run at each width says nothing about what a width saves.
    if (times.includes(undefined)) continue;
    for (const [i, width] of widths.entries()) sums.set(width, (sums.get(width) ?? 0) + (times[i] ?? 0));
  }
  return sums;
}

function macsOf(group: CoupledGroup, types: ReadonlyMap<string, TensorInfo>): number {
  return layersOf(group).reduce((sum, layer) => sum + countMacs(layer, types), 0);
}

function layersOf({ members }: CoupledGroup): NodeProto[] {
  const nodes = members.flatMap(({ node, role }) => (node && role !== 'carries' ? [node] : []));
  return [...new Set(nodes)].filter(({ opType }) => OPERATORS.includes(opType));
}
