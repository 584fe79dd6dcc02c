/**
 * The value at `rank` (from 0) of the sorted scores, by quickselect on a copy in place (Hoare, Algorithm 65: FIND, 1961).
 * `scores` are reordered. NaN for no scores.
 */
export function selectRank(scores: Float32Array | Float64Array, rank: number): number {
  let [low, high] = [0, scores.length - 1];
  while (low < high) {
    const pivot = scores[(low + high) >> 1] as number; // within the array, as all below
    let [i, j] = [low, high];
    while (i <= j) {
      while ((scores[i] as number) < pivot) i++;
      while ((scores[j] as number) > pivot) j--;
      if (i > j) break;
      const kept = scores[i] as number;
      scores[i++] = scores[j] as number;
      scores[j--] = kept;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return scores[rank] ?? NaN;
}

/**
 * Which of all scores together are the `count` smallest: one flag a score, by part. Equal scores go in order, so that
 * exactly `count` are chosen. NaN scores count as the largest.
 */
export function smallest(parts: readonly (Float32Array | Float64Array)[], count: number): Uint8Array[] {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const wanted = Math.min(total, Math.max(0, Math.round(count)));
  const flags = parts.map((part) => new Uint8Array(part.length));
  if (wanted === 0) return flags;
  const isDouble = parts.some((part) => part instanceof Float64Array);
  const all = isDouble ? new Float64Array(total) : new Float32Array(total);
  let at = 0;
  for (const part of parts) for (const score of part) all[at++] = orLargest(score);
  const threshold = selectRank(all, wanted - 1);
  let below = 0;
  for (const part of parts) for (const score of part) if (orLargest(score) < threshold) below++;
  let ties = wanted - below;
  parts.forEach((part, p) =>
    part.forEach((value, i) => {
      const score = orLargest(value);
      const flag = flags[p] as Uint8Array; // made for every part
      if (score < threshold || (score === threshold && ties-- > 0)) flag[i] = 1;
    }),
  );
  return flags;
}

function orLargest(score: number): number {
  return Number.isNaN(score) ? Infinity : score;
}
