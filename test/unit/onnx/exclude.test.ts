import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { createExclusion } from '../../../src/onnx/exclude';

const node = (name: string, opType = 'Conv') => makeNode(opType, name, [], []);

describe('createExclusion', () => {
  it.each([
    ['a whole name', '/layer1/Conv', '/layer1/Conv', true],
    ['no part of a name', '/layer1', '/layer1/Conv', false],
    ['an operator type', 'Conv', '/layer1/x', true],
    ['a glob across slashes', '/layer1*', '/layer1/block/Conv', true],
    ['a glob in the middle', '*/block/*', '/layer1/block/Conv', true],
    ['alternatives', '/layer{1,3}/Conv', '/layer3/Conv', true],
    ['a single character', '/layer?/Conv', '/layer12/Conv', false],
    ['a name with brackets as it is', '/layers[0]/Conv', '/layers[0]/Conv', true],
    ['names that start with a dot', '*', '.hidden', true],
  ])('matches %s', (_, pattern, name, expected) => {
    expect(createExclusion([pattern]).match(node(name))).toBe(expected ? pattern : undefined);
  });

  it('gives the first pattern that matches, and knows those that never did', () => {
    const exclusion = createExclusion(['typo', 'a*', 'Conv']);
    expect(exclusion.match(node('abc'))).toBe('a*');
    expect(exclusion.match(node('b', 'Gemm'))).toBeUndefined();
    expect(exclusion.unused()).toEqual(['typo']);
  });

  it('excludes nothing without patterns', () => {
    expect(createExclusion().match(node('a'))).toBeUndefined();
    expect(createExclusion().unused()).toEqual([]);
  });
});
