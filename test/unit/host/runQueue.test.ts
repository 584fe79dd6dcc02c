import { expect, it } from 'vitest';
import { RunQueue } from '../../../src/host/runQueue';

it('runs one job at a time, in order, and goes on after one that fails', async () => {
  const queue = new RunQueue();
  const events: string[] = [];
  const job = (name: string, fails: boolean) => async () => {
    events.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    events.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const results = Promise.allSettled([queue.add(job('a', true)), queue.add(job('b', false))]);
  expect(queue.isBusy).toBe(true);
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  await new Promise((resolve) => setImmediate(resolve));
  expect(queue.isBusy).toBe(false);
});
