import { appendFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prunedGroups } from '../../../../src/recipe/graph/prunedGroups';
import { createFolder } from './fixtures';

const folder = createFolder();

/** A model file with the report of the pruning that wrote it. */
function prunedFile(name: string): string {
  const path = join(folder, `${name}.onnx`);
  writeFileSync(path, 'weights');
  const group = (own: string, nodes: readonly string[], removed: readonly number[]) => ({
    ...{ group: own, nodes, units: 4, removed },
    multiple: 1,
  });
  const report = {
    ...{ format: 'onnx-press-report', version: 1, kind: 'prune', mode: 'channel' },
    source: { path: join(folder, 'net.onnx'), sizeBytes: 100 },
    output: { path, sizeBytes: statSync(path).size },
    channels: {
      groups: [
        group('first', ['first', 'second'], [0, 3]),
        group('second', ['second', 'head'], [1]),
        group('whole', ['second'], []),
      ],
    },
  };
  writeFileSync(join(folder, `${name}.report.json`), JSON.stringify(report));
  return path;
}

describe('prunedGroups', () => {
  it('gives the groups of a node that lost channels, with everything they were taken from', () => {
    const path = prunedFile('net.pruned');
    expect(prunedGroups(path, 'second')).toEqual([
      { group: 'first', nodes: ['first', 'second'], channels: 4, removed: 2 },
      { group: 'second', nodes: ['second', 'head'], channels: 4, removed: 1 },
    ]);
    expect(prunedGroups(path, 'stranger')).toEqual([]);
  });

  it('says nothing of models without a report, and of files that have changed since', () => {
    expect(prunedGroups(join(folder, 'net.onnx'), 'second')).toEqual([]);
    const path = prunedFile('changed.pruned');
    appendFileSync(path, 'more');
    expect(prunedGroups(path, 'second')).toEqual([]);
  });
});
