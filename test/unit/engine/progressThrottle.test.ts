import { expect, it } from 'vitest';
import { createProgressThrottle } from '../../../src/engine/progressThrottle';

it('passes the first and last step of every stage, and in between one step per interval', () => {
  let now = 0;
  const sent: string[] = [];
  const onProgress = createProgressThrottle(
    ({ stage, done }) => sent.push(`${stage} ${done}`),
    () => now,
  );
  for (let done = 0; done <= 20; done++) {
    onProgress({ stage: 'calibrate', done, total: 20 });
    now += 10;
  }
  onProgress({ stage: 'verify', done: 0, total: 2 });
  onProgress({ stage: 'verify', done: 1, total: 2 });
  onProgress({ stage: 'verify', done: 2, total: 2 });
  expect(sent).toEqual([
    'calibrate 0',
    'calibrate 5',
    'calibrate 10',
    'calibrate 15',
    'calibrate 20',
    'verify 0',
    'verify 2',
  ]);
});
