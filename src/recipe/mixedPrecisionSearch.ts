import type { LayerSensitivity, MixedCandidate, MixedStop, QuantizeSettings, Remedy } from '../protocol';
import type { SearchStep } from './mixedPrecisionBudget';

/** What one candidate does to the layers. */
export interface MixedConfig {
  readonly float: ReadonlySet<string>;
  readonly perChannel: ReadonlySet<string>;
  readonly calibration: NonNullable<QuantizeSettings['calibration']>;
}

/** A candidate and how it is made. */
export interface Tried {
  readonly config: MixedConfig;
  readonly candidate: MixedCandidate;
}

/** What the search asks for; none of it is known to the search itself. */
export interface SearchProblem {
  readonly layers: readonly string[];
  readonly maxDropPoints: number;
  readonly remedies: ReadonlySet<Remedy>;
  readonly calibration: MixedConfig['calibration'];
  /** True when the settings ask for one scale a tensor. */
  readonly isPerTensor: boolean;
  /** Builds and measures a candidate; undefined when nothing of it would be int8. */
  measure(config: MixedConfig): Promise<MixedCandidate | undefined>;
  /** The divergence of a candidate on a few samples. */
  glance(config: MixedConfig): Promise<number>;
  /** Ranks the layers, all else being as in `config`; where time runs out, those that it got to. */
  rank(config: MixedConfig): Promise<readonly LayerSensitivity[]>;
  /** True while a step can still end in time. */
  hasTimeFor(step: SearchStep): boolean;
}

/** What a search found. */
export interface SearchResult {
  readonly best: Tried;
  readonly tried: readonly Tried[];
  readonly stop: MixedStop;
  readonly ranking: readonly LayerSensitivity[];
}

/** The methods that a search tries, those first that most often are best. */
const CALIBRATIONS: readonly MixedConfig['calibration'][] = ['mse', 'entropy', 'percentile', 'minmax'];
/** Costs of layers without any multiply-accumulates; as if they had this share. */
const LEAST_SHARE = 1e-4;

/**
 * Searches for the quantization that keeps the fewest multiply-accumulates in floating point and loses no more than the
 * budget. Remedies come in the order of what they cost: another calibration method for all layers, scales per channel
 * for some, floating point for some. Layers are taken by sensitivity, by sensitivity per cost, and, where the model has
 * collapsed, by what keeping each in float alone saves; the shortest sufficient beginning of each order is found by
 * bisection; then layers go back one by one, the most costly first, or several cheaper ones take the place of one. Every model that was measured counts; the best
 * is the answer, whenever time runs out.
 */
export async function searchMixed(problem: SearchProblem): Promise<SearchResult> {
  const search = new Search(problem);
  const start: MixedConfig = { float: new Set(), perChannel: new Set(), calibration: problem.calibration };
  await search.try(start);
  if (search.isMet()) return search.result('nothing-to-do');
  let base = start;
  if (problem.remedies.has('calibration')) base = await search.chooseCalibration(base);
  if (search.isMet()) return search.result('smallest-found');
  if (problem.remedies.has('per-channel') && problem.isPerTensor) base = await search.choosePerChannel(base);
  if (search.isMet()) return search.result('smallest-found');
  if (problem.remedies.has('float')) await search.chooseFloat(base);
  return search.result('smallest-found');
}

class Search {
  private ranking: readonly LayerSensitivity[] = [];
  private readonly tried = new Map<string, Tried>();
  private isOutOfTime = false;

  constructor(private readonly problem: SearchProblem) {}

  /** Measures a candidate once; undefined when time is up or nothing of it would be int8. */
  async try(config: MixedConfig): Promise<Tried | undefined> {
    const key = JSON.stringify([config.calibration, [...config.perChannel].sort(), [...config.float].sort()]);
    const known = this.tried.get(key);
    if (known) return known;
    // The first is measured whatever it takes, so that there always is an answer.
    if (this.tried.size > 0 && !this.problem.hasTimeFor('measure')) this.isOutOfTime = true;
    if (this.isOutOfTime) return undefined;
    const candidate = await this.problem.measure(config);
    const entry = candidate && { config, candidate };
    if (entry) this.tried.set(key, entry);
    return entry;
  }

  isMet(): boolean {
    return [...this.tried.values()].some((entry) => this.meets(entry));
  }

  async chooseCalibration(base: MixedConfig): Promise<MixedConfig> {
    if (!this.problem.hasTimeFor('glance')) return base;
    let best = { config: base, divergence: await this.problem.glance(base) };
    for (const calibration of CALIBRATIONS) {
      if (calibration === base.calibration || !this.problem.hasTimeFor('glance')) continue;
      const config = { ...base, calibration };
      const divergence = await this.problem.glance(config);
      if (divergence < best.divergence) best = { config, divergence };
    }
    return this.better(base, best.config);
  }

  async choosePerChannel(base: MixedConfig): Promise<MixedConfig> {
    const all = { ...base, perChannel: new Set(this.problem.layers) };
    const chosen = await this.better(base, all);
    if (chosen === base || !this.isMet()) return chosen;
    await this.rank(base);
    const bySensitivity = this.ranking.map(({ node }) => node);
    await this.shortest(bySensitivity, (names) => ({ ...base, perChannel: new Set(names) }));
    return chosen;
  }

  async chooseFloat(base: MixedConfig): Promise<void> {
    await this.rank(base);
    const withFloat = (names: readonly string[]): MixedConfig => ({ ...base, float: new Set(names) });
    for (const order of ordersOf(this.ranking)) await this.shortest(order, withFloat);
    if (!this.meets(this.best())) return;
    for (const name of this.mostCostlyFirst()) await this.tryInstead(name, []);
    for (const name of this.mostCostlyFirst()) {
      const before = this.best();
      await this.tryInstead(name, this.cheaperThan(name));
      if (this.best() === before) continue;
      for (const other of this.mostCostlyFirst()) await this.tryInstead(other, []);
    }
  }

  result(stop: MixedStop): SearchResult {
    const best = this.best();
    const reached = this.meets(best);
    const why = this.isOutOfTime ? 'time' : reached ? stop : 'goal-not-met';
    return { best, tried: [...this.tried.values()], stop: why, ranking: this.ranking };
  }

  /** Ranks the layers with what is chosen so far, as other ones may be sensitive then; a part of a ranking is none. */
  private async rank(config: MixedConfig): Promise<void> {
    if (this.problem.hasTimeFor('layer')) this.ranking = await this.problem.rank(config);
    if (!this.problem.hasTimeFor('layer')) this.isOutOfTime = true;
  }

  /** Finds by bisection how many names from the beginning of an order suffice. */
  private async shortest(order: readonly string[], configOf: (names: readonly string[]) => MixedConfig): Promise<void> {
    let low = 0; // does not suffice
    let high = order.length;
    while (high - low > 1 && !this.isOutOfTime) {
      const middle = (low + high) >> 1;
      const entry = await this.try(configOf(order.slice(0, middle)));
      if (entry && this.meets(entry)) high = middle;
      else low = middle;
    }
    await this.try(configOf(order.slice(0, high)));
  }

  /** Tries the best model with one of its float layers in int8, and others in float instead. */
  private async tryInstead(name: string, others: readonly string[]): Promise<void> {
    const { config } = this.best();
    if (!config.float.has(name)) return;
    const rest = [...config.float].filter((layer) => layer !== name);
    await this.try({ ...config, float: new Set([...rest, ...others]) });
  }

  /** Layers that together cost less than one, the most sensitive for what they cost first. */
  private cheaperThan(name: string): string[] {
    const { float } = this.best().config;
    const cost = new Map(this.ranking.map(({ node, macs }) => [node, macs]));
    const [bySensitivityPerCost = []] = ordersOf(this.ranking);
    let left = cost.get(name) ?? 0;
    return bySensitivityPerCost.filter((layer) => {
      const macs = cost.get(layer) ?? 0;
      if (float.has(layer) || macs >= left) return false;
      left -= macs;
      return true;
    });
  }

  /** The second when it scores better, else the first. */
  private async better(first: MixedConfig, second: MixedConfig): Promise<MixedConfig> {
    const [a, b] = [await this.try(first), await this.try(second)];
    return a && b && b.candidate.score > a.candidate.score ? second : first;
  }

  private mostCostlyFirst(): string[] {
    return [...this.ranking].sort((a, b) => b.macs - a.macs).map(({ node }) => node);
  }

  private meets({ candidate }: Tried): boolean {
    return isWithin(candidate.dropPoints, this.problem.maxDropPoints);
  }

  /** Of those that meet the goal the one with the least in float, else the one that comes nearest. */
  private best(): Tried {
    return byMerit([...this.tried.values()], this.problem.maxDropPoints)[0] as Tried; // the first is always measured
  }
}

/** Those that meet the goal first, the one with the least in float ahead; then the others, the best score ahead. */
export function byMerit(tried: readonly Tried[], maxDropPoints: number): Tried[] {
  const misses = ({ candidate }: Tried): number => (isWithin(candidate.dropPoints, maxDropPoints) ? 0 : 1);
  const cost = ({ candidate: { floatMacShare, float, perChannel } }: Tried): number[] => [
    floatMacShare,
    float.length,
    perChannel.length,
  ];
  const merit = (entry: Tried): number[] => {
    const score = -entry.candidate.score;
    return misses(entry) === 0 ? [0, ...cost(entry), score] : [1, score, ...cost(entry)];
  };
  return [...tried].sort((a, b) => compareNumbers(merit(a), merit(b)));
}

/** True when a loss is no larger than allowed, but for what subtracting shares adds to it. */
export function isWithin(dropPoints: number, maxDropPoints: number): boolean {
  return dropPoints <= maxDropPoints + 1e-9;
}

/** Orders in which layers may be kept in float. */
function ordersOf(ranking: readonly LayerSensitivity[]): string[][] {
  const byDescending = (value: (layer: LayerSensitivity) => number): string[] =>
    [...ranking].sort((a, b) => value(b) - value(a)).map(({ node }) => node);
  return [
    byDescending(({ alone, macShare }) => alone.divergence / Math.max(macShare, LEAST_SHARE)),
    byDescending(({ alone }) => alone.divergence),
    ...(ranking.some(({ keptFloat }) => keptFloat)
      ? [byDescending(({ keptFloat }) => -(keptFloat?.divergence ?? Infinity))]
      : []),
  ];
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
