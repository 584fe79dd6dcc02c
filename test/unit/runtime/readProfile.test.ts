import { describe, expect, it } from 'vitest';
import { readProfile, runsBetween } from '../../../src/runtime/readProfile';
import { temporaryFolder, writeFile } from '../data/fixtures';

const node = (name: string, operator: string, ts: number, dur: number) => ({
  ...{ cat: 'Node', name: `${name}_kernel_time`, ts, dur },
  args: { op_name: operator, provider: 'CPUExecutionProvider' },
});
const run = (ts: number, dur: number) => ({ cat: 'Session', name: 'model_run', ts, dur });
const profileOf = (events: readonly object[]): string =>
  writeFile(temporaryFolder(), 'profile.json', `[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]\n`);

describe('readProfile', () => {
  it('sums up the turns of a node in each run', async () => {
    const profile = await readProfile(
      profileOf([
        { cat: 'Session', name: 'session_initialization', ts: 0, dur: 900 },
        ...[node('a', 'Conv', 1000, 500), node('b', 'Relu', 1500, 100), node('a', 'Conv', 1600, 250), run(1000, 900)],
        ...[node('a', 'Conv', 2000, 700), run(2000, 800)],
      ]),
    );
    expect(profile).toEqual({
      nodes: [
        {
          name: 'a',
          operator: 'Conv',
          provider: 'CPUExecutionProvider',
          ms: [0.75, 0.7],
          kernels: [2, 1],
          nested: [0, 0],
        },
        {
          name: 'b',
          operator: 'Relu',
          provider: 'CPUExecutionProvider',
          ms: [0.1, 0],
          kernels: [1, 0],
          nested: [0, 0],
        },
      ],
      runMs: [0.9, 0.8],
    });
    expect(runsBetween(profile, 1, 2)).toMatchObject({ nodes: [{ ms: [0.7] }, { ms: [0] }], runMs: [0.8] });
  });

  it('leaves nodes of subgraphs out, whose time is that of the node that holds them', async () => {
    const events = [
      node('before', 'Add', 90, 5),
      node('inner', 'Neg', 101, 3),
      node('choose', 'If', 100, 10),
      run(90, 30),
    ];
    const { nodes } = await readProfile(profileOf(events));
    expect(nodes.map(({ name, kernels, nested }) => [name, kernels, nested])).toEqual([
      ['before', [1], [0]],
      ['choose', [1], [1]],
    ]);
  });

  it('refuses what is no profile', async () => {
    const path = writeFile(temporaryFolder(), 'profile.json', '[\n{"cat": \n');
    await expect(readProfile(path)).rejects.toMatchObject({ code: 'file-access' });
  });
});
