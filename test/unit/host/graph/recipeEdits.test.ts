import { describe, expect, it } from 'vitest';
import {
  changeRecipeList,
  coveringPattern,
  newRecipe,
  readRecipeLists,
  recipeChoices,
} from '../../../../src/host/graph/recipeEdits';
import { recipeSchema } from '../../../../src/recipe/recipeFile';

const COMMENTED = `{
  // the model of the camera
  "format": "onnx-press-recipe",
  "version": 1,
  "model": "digits.onnx",
  "steps": [
    {
      "kind": "quantize",
      "mode": "static", // int8
      "exclude": ["/head/*", "conv1", "conv2"],
    },
  ],
}
`;

function excluded(text: string): readonly string[] | undefined {
  return readRecipeLists(text)?.exclude;
}

describe('readRecipeLists', () => {
  it('reads a recipe with comments', () => {
    expect(readRecipeLists(COMMENTED)).toEqual({
      model: 'digits.onnx',
      exclude: ['/head/*', 'conv1', 'conv2'],
      keepFp16: [],
    });
  });

  it('takes other JSON, and text that is none, for no recipe', () => {
    const texts = ['{}', '[]', '', 'exclude', '{"format": "onnx-press-recipe"}', COMMENTED.slice(0, -5)];
    expect(texts.map(readRecipeLists)).toEqual(texts.map(() => undefined));
  });
});

describe('changeRecipeList', () => {
  it('adds what is missing and keeps comments', () => {
    const text = changeRecipeList(COMMENTED, 'exclude', ['conv2', 'conv3', 'conv3', 'conv4'], true);
    expect(excluded(text)).toEqual(['/head/*', 'conv1', 'conv2', 'conv3', 'conv4']);
    expect(text).toContain('// the model of the camera');
    expect(text).toContain('// int8');
  });

  it('takes out what is there', () => {
    const text = changeRecipeList(COMMENTED, 'exclude', ['conv1', 'conv9'], false);
    expect(excluded(text)).toEqual(['/head/*', 'conv2']);
    expect(changeRecipeList(text, 'exclude', ['/head/*', 'conv2'], false)).not.toContain('exclude');
  });

  it('changes nothing where there is nothing to change', () => {
    expect(changeRecipeList(COMMENTED, 'exclude', ['conv1'], true)).toBe(COMMENTED);
    expect(changeRecipeList(COMMENTED, 'exclude', ['conv9'], false)).toBe(COMMENTED);
  });

  it('makes a list where there is none, in a recipe that the command line reads', () => {
    const text = changeRecipeList(newRecipe('digits.onnx'), 'exclude', ['/layer1/Conv'], true);
    expect(recipeSchema.parse(JSON.parse(text))).toEqual({
      format: 'onnx-press-recipe',
      version: 1,
      model: 'digits.onnx',
      steps: [{ kind: 'quantize', mode: 'static', exclude: ['/layer1/Conv'] }],
    });
  });
});

describe('recipeChoices', () => {
  const nodes = [
    { name: '/body/conv1', opType: 'Conv' },
    { name: '/body/conv2', opType: 'Conv' },
    { name: '/head/gemm', opType: 'Gemm' },
  ];

  it('names the nodes that names, globs and operator types stand for', () => {
    const of = (...exclude: string[]): readonly string[] =>
      recipeChoices({ model: 'm.onnx', exclude, keepFp16: [] }, nodes).excluded;
    expect(of('/body/conv2', 'gone')).toEqual(['/body/conv2']);
    expect(of('/body/*')).toEqual(['/body/conv1', '/body/conv2']);
    expect(of('Gemm')).toEqual(['/head/gemm']);
    expect(recipeChoices({ model: 'm.onnx', exclude: [], keepFp16: ['*1'] }, nodes).fp16).toEqual(['/body/conv1']);
  });

  it('finds the pattern that names a node besides its own name', () => {
    const [first] = nodes;
    expect(coveringPattern(['/head/*', '/body/conv1', 'Conv'], first!)).toBe('Conv');
    expect(coveringPattern(['/head/*', '/body/conv1'], first!)).toBeUndefined();
  });
});
