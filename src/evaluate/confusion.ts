import type { ClassReport, Confusion } from '../protocol';
import { proportionOf } from '../util/stats';

/** Pairs of classes that are listed: the whole matrix of up to 22 classes. */
const MAX_CONFUSIONS = 500;

/** Counts what is taken for what. */
export interface ConfusionCounter {
  /** Counts a sample; `predicted` is -1 where a model gave no number. */
  add(label: number, predicted: number): void;
  result(classCount: number, names: readonly string[] | undefined): ClassReport;
}

/** Creates a counter that has seen nothing yet; it keeps as much as there are different pairs, not as there are samples. */
export function createConfusionCounter(): ConfusionCounter {
  const rows = new Map<number, Map<number, number>>();
  return {
    add(label, predicted) {
      const row = rows.get(label) ?? new Map<number, number>();
      row.set(predicted, (row.get(predicted) ?? 0) + 1);
      rows.set(label, row);
    },
    result(classCount, names) {
      const sorted = [...rows].sort(([a], [b]) => a - b);
      const confusions = sorted.flatMap(([label, row]) =>
        [...row]
          .filter(([predicted]) => predicted !== label)
          .map(([predicted, count]) => confusion(label, predicted, count, names)),
      );
      confusions.sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted);
      return {
        classCount,
        classes: sorted.map(([label, row]) => ({
          label,
          ...nameOf('name', label, names),
          accuracy: proportionOf(row.get(label) ?? 0, sumOf(row)),
        })),
        confusions: confusions.slice(0, MAX_CONFUSIONS),
        confusionPairs: confusions.length,
      };
    },
  };
}

/** The name of a class under `key`; nothing where it has none. */
export function nameOf<Key extends string>(
  key: Key,
  label: number,
  names: readonly string[] | undefined,
): Partial<Record<Key, string>> {
  const name = names?.[label];
  return name === undefined ? {} : ({ [key]: name } as Record<Key, string>); // the key is the only one
}

function confusion(label: number, predicted: number, count: number, names: readonly string[] | undefined): Confusion {
  return {
    label,
    predicted,
    ...nameOf('labelName', label, names),
    ...nameOf('predictedName', predicted, names),
    count,
  };
}

function sumOf(row: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const count of row.values()) sum += count;
  return sum;
}
