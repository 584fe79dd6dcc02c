import type { Sample } from '../data/dataset';
import type { ClassFlips, ClassMove, FlippedSample, RankedClass } from '../protocol';
import type { ClassScores } from './classify';
import { nameOf } from './confusion';

/** Samples that are listed: as many as a person looks through. */
const MAX_LISTED = 500;
/** Moves from class to class that are listed. */
const MAX_MOVES = 500;
/** Classes that are named of each sample. */
const RANKS = 3;

/** Collects samples whose class differs between two models. */
export interface FlipCollector {
  /** Looks at a row of both models' scores. */
  add(sample: Sample, row: number, before: ClassScores, after: ClassScores): void;
  result(): ClassFlips;
}

/** Creates a collector that has seen nothing yet. */
export function createFlipCollector(names: readonly string[] | undefined): FlipCollector {
  const list: FlippedSample[] = [];
  const moves = new Map<string, { from: number; to: number; count: number; lost: number; won: number }>();
  let samples = 0;
  let total = 0;

  const ranked = (scores: ClassScores, row: number): RankedClass[] =>
    scores.ranked(row, RANKS).map((rank) => ({ ...rank, ...nameOf('name', rank.label, names) }));

  return {
    add(sample, row, before, after) {
      const index = sample.index ?? samples;
      samples++;
      const from = before.topClass(row);
      const to = after.topClass(row);
      if (from === to) return;
      total++;
      const { label, source } = sample;
      const move = moves.get(`${from} ${to}`) ?? { from, to, count: 0, lost: 0, won: 0 };
      move.count++;
      if (label === from) move.lost++;
      if (label === to) move.won++;
      moves.set(`${from} ${to}`, move);
      if (list.length >= MAX_LISTED) return;
      list.push({
        index,
        source,
        ...(label === undefined ? {} : { label, ...nameOf('labelName', label, names) }),
        before: ranked(before, row),
        after: ranked(after, row),
      });
    },
    result() {
      const sorted = [...moves.values()].sort((a, b) => b.count - a.count || a.from - b.from || a.to - b.to);
      const named = sorted.slice(0, MAX_MOVES).map((move): ClassMove => ({
        ...move,
        ...nameOf('fromName', move.from, names),
        ...nameOf('toName', move.to, names),
      }));
      return { samples, total, list, moves: named };
    },
  };
}
