import type { ModelState, Shard, StepRunner } from '../step/stepRunner';
import type { HeldOutFigures } from './trainState';

/** A shard of which the first `count` samples count; the others only fill it up. */
export type CountedShard = Shard & { readonly count: number };

/** Measures weights on samples; `atOnce` shards are handed out together. */
export async function evaluateState(
  runner: StepRunner,
  shards: AsyncIterable<CountedShard>,
  state: ModelState,
  atOnce: number,
): Promise<HeldOutFigures> {
  let [lossSum, correctSum, count] = [0, 0, 0];
  let hasClasses = false;
  const measure = async (group: readonly CountedShard[]): Promise<void> => {
    const results = await runner.evaluate(group, state);
    for (const [i, { losses, correct }] of results.entries()) {
      const real = group[i]?.count ?? 0;
      for (let row = 0; row < real; row++) {
        lossSum += losses[row] as number;
        correctSum += correct?.[row] ?? 0;
      }
      hasClasses ||= correct !== undefined;
      count += real;
    }
  };
  let group: CountedShard[] = [];
  for await (const shard of shards) {
    group.push(shard);
    if (group.length < atOnce) continue;
    await measure(group);
    group = [];
  }
  if (group.length > 0) await measure(group);
  return { loss: lossSum / count, ...(hasClasses ? { accuracy: correctSum / count } : {}) };
}
