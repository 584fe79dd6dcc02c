import { expect, it } from 'vitest';
import { RunQueue } from '../../../src/host/runQueue';
import { CancelledError } from '../../../src/util/pressError';

const NEVER = new AbortController().signal;

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

it('runs one job at a time, in order, and goes on after one that fails', async () => {
  const queue = new RunQueue();
  const events: string[] = [];
  const job = (name: string, fails: boolean) => async () => {
    events.push(`${name} begins`);
    await nextTurn();
    events.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const results = Promise.allSettled([queue.add(job('a', true), NEVER), queue.add(job('b', false), NEVER)]);
  expect(queue.isBusy).toBe(true);
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  await nextTurn();
  expect(queue.isBusy).toBe(false);
});

it('lets a waiting job go at once when it is cancelled, and never begins it', async () => {
  const queue = new RunQueue();
  let finish = (): void => undefined;
  const first = queue.add(() => new Promise<void>((resolve) => (finish = resolve)), NEVER);
  const controller = new AbortController();
  let begun = false;
  const second = queue.add(() => {
    begun = true;
    return Promise.resolve();
  }, controller.signal);
  controller.abort();
  await expect(second).rejects.toBeInstanceOf(CancelledError);
  finish();
  await first;
  await queue.add(() => Promise.resolve(), NEVER);
  expect(begun).toBe(false);
});

it('leaves the end of a running job to the job', async () => {
  const queue = new RunQueue();
  const controller = new AbortController();
  const run = queue.add(async () => {
    controller.abort();
    await nextTurn();
    return 'done anyway';
  }, controller.signal);
  expect(await run).toBe('done anyway');
});
