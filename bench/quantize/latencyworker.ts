import { openData } from '../../src/recipe/openData';
import { timingFeeds } from '../../src/recipe/evaluationData';
import { createSession } from '../../src/runtime/session';
import type { LatencyTask } from './tasks';

/** Untimed runs of each model first. */
const WARMUP = 3;

/** Times models in turn in this process, in an order that turns by one from round to round. Prints all milliseconds. */
async function main(): Promise<void> {
  const { models, data, threads, seconds } = JSON.parse(process.argv[2] ?? '') as LatencyTask; // written by processes.ts
  const sessions = await Promise.all(models.map((model) => createSession(model, { threads })));
  const [first] = sessions;
  if (!first) throw new Error('There is no model to time.');
  const dataset = await openData(models[0] ?? '', first.inputs, data === undefined ? {} : { data });
  const inputs = sessions.map((session) => session.inputs);
  const { feeds } = await timingFeeds(dataset, inputs, new AbortController().signal);
  for (const session of sessions) for (let i = 0; i < WARMUP; i++) await session.run(feeds);
  const rounds: number[][] = [];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end || rounds.length < WARMUP) {
    const round: number[] = [];
    for (let i = 0; i < sessions.length; i++) {
      const at = (i + rounds.length) % sessions.length;
      const started = performance.now();
      await sessions[at]?.run(feeds);
      round[at] = performance.now() - started;
    }
    rounds.push(round);
  }
  console.log(JSON.stringify({ rounds }));
}

void main();
