/** Words further apart than this share of their length are not the same word with a typo. */
const MAX_DISTANCE_SHARE = 0.4;

/** The candidate that `word` most likely is a typo or the beginning of; undefined when none is near. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const started = lower.length >= 2 ? candidates.filter((candidate) => candidate.startsWith(lower)) : [];
  if (started.length === 1) return started[0];
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = editDistance(lower, candidate);
    if (distance < bestDistance && distance <= Math.max(1, Math.floor(candidate.length * MAX_DISTANCE_SHARE))) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean static?` or nothing: the end of a message about an unknown word. */
export function didYouMean(word: string, candidates: readonly string[], prefix = ''): string {
  const nearest = suggest(word, candidates);
  return nearest === undefined ? '' : ` Did you mean ${prefix}${nearest}?`;
}

/** Edits from `a` to `b`: insertions, deletions, replacements and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      rows[i]![j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + same,
        isSwap ? at(i - 2, j - 2) + 1 : Infinity,
      );
    }
  }
  return at(a.length, b.length);
}
