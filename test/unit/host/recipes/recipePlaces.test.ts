import { describe, expect, it } from 'vitest';
import { recipePaths, recipePlaces } from '../../../../src/host/recipes/recipePlaces';

const RECIPE = `// mine
{
  "format": "onnx-press-recipe", "version": 2,
  "model": "../digits.onnx", /* here */
  "steps": [
    { "kind": "prune", "method": "channel" },
    { "kind": "train", "teacher": "/big.onnx", "data": 7 },
  ],
  "targets": { "size": { "ratioAtMost": 0.1 } },
}`;

describe('recipePlaces', () => {
  it('finds steps and targets in a recipe with comments', () => {
    const places = recipePlaces(RECIPE);
    expect(places?.version).toBe(2);
    expect(places?.steps.map(({ kind, offset }) => [kind, RECIPE.slice(offset, offset + 8)])).toEqual([
      ['prune', '{ "kind"'],
      ['train', '{ "kind"'],
    ]);
    const offset = places?.offsetOf('targets.size.ratioAtMost') ?? 0;
    expect(RECIPE.slice(offset, offset + 13)).toBe('"ratioAtMost"');
    expect(places?.offsetOf('targets.latency.msAtMost')).toBeUndefined();
  });

  it('goes on with half a recipe, as it is while it is written', () => {
    expect(recipePlaces(RECIPE.slice(0, RECIPE.indexOf('"teacher"')))?.steps).toHaveLength(2);
  });

  it.each(['', '[]', '{}', '"onnx-press-recipe"', '{ "format": "other" }', '['.repeat(100_000)])(
    'takes what is no recipe for none',
    (text) => {
      expect(recipePlaces(text)).toBeUndefined();
    },
  );
});

describe('recipePaths', () => {
  it('finds the paths of the recipe and of its steps', () => {
    expect(recipePaths(RECIPE)).toEqual(['../digits.onnx', '/big.onnx']);
  });
});
