import { comparePair } from '../../src/evaluate/compareModels';
import { evaluateModel } from '../../src/evaluate/evaluateModel';
import { openData } from '../../src/recipe/openData';
import { createSession } from '../../src/runtime/session';
import type { EvaluatedModel, EvaluatedPair, EvaluateTask } from './tasks';

/** Runs one model, or two, on labelled samples and prints how accurate they are. */
async function main(): Promise<void> {
  const { models, data, samples: limit, threads } = JSON.parse(process.argv[2] ?? '') as EvaluateTask; // written by processes.ts
  const [first, second] = await Promise.all(models.map((model) => createSession(model, { threads })));
  if (!first) throw new Error('There is no model to evaluate.');
  const dataset = await openData(models[0], first.inputs, { data, limit });
  console.log(JSON.stringify(second ? await pair() : await single()));

  async function single(): Promise<EvaluatedModel> {
    const { top1, samples } = await evaluateModel(first as NonNullable<typeof first>, dataset.samples()); // checked above
    if (!top1) throw unlabelled(data, models[0]);
    return { top1: 100 * top1.value, samples };
  }

  async function pair(): Promise<EvaluatedPair> {
    const [before, after] = [first, second] as NonNullable<typeof first>[]; // only called with both
    const { accuracy, flips, samples } = await comparePair(before!, after!, dataset.samples());
    if (!accuracy || !flips) throw unlabelled(data, models[0]);
    const [from, to] = [100 * accuracy.before.value, 100 * accuracy.after.value];
    return { before: from, after: to, samples, pValue: flips.pValue };
  }
}

function unlabelled(data: string, model: string): Error {
  return new Error(`${data} has no labels, or ${model} no output of classes.`);
}

void main();
