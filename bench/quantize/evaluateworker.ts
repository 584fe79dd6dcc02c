import { comparePair } from '../../src/evaluate/compareModels';
import { openData } from '../../src/recipe/openData';
import { createSession } from '../../src/runtime/session';
import type { EvaluateTask, EvaluatedPair } from './tasks';

/** Runs two models on the same labelled samples and prints how accurate each is. */
async function main(): Promise<void> {
  const task = JSON.parse(process.argv[2] ?? '') as EvaluateTask; // written by processes.ts
  const before = await createSession(task.before);
  const after = await createSession(task.after);
  const dataset = await openData(task.before, before.inputs, { data: task.data, limit: task.samples });
  const { accuracy, flips, samples } = await comparePair(before, after, dataset.samples());
  if (!accuracy || !flips) throw new Error(`${task.data} has no labels, or ${task.before} no output of classes.`);
  const pair: EvaluatedPair = {
    before: 100 * accuracy.before.value,
    after: 100 * accuracy.after.value,
    samples,
    pValue: flips.pValue,
  };
  console.log(JSON.stringify(pair));
}

void main();
