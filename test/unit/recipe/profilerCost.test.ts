import { expect, it } from 'vitest';
import { withoutCost } from '../../../src/recipe/profilerCost';
import type { NodeRuns } from '../../../src/runtime/readProfile';

const node = (name: string, values: Partial<NodeRuns>): NodeRuns => ({
  name,
  operator: 'Relu',
  provider: 'CPUExecutionProvider',
  ms: [0.5],
  kernels: [1],
  nested: [0],
  ...values,
});

it('takes off what profiling added to each turn of a kernel and to the kernels within it, and never below zero', () => {
  const nodes = [
    node('one', {}),
    node('loop', { kernels: [3] }),
    node('holder', { nested: [4] }),
    node('tiny', { ms: [0.05] }),
    node('elsewhere', { provider: 'CUDAExecutionProvider' }),
  ];
  const net = withoutCost({ nodes, runMs: [2] }, 0.0625, 0.09375);
  expect(net.nodes.map(({ name, ms }) => [name, ms])).toEqual([
    ['one', [0.4375]],
    ['loop', [0.3125]],
    ['holder', [0.0625]],
    ['tiny', [0]],
    ['elsewhere', [0.5]],
  ]);
  expect(net.runMs).toEqual([2]);
});
