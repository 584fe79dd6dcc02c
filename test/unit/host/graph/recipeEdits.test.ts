import { describe, expect, it } from 'vitest';
import {
  changeRecipeList,
  coveringPattern,
  newRecipe,
  readRecipeLists,
  recipeChoices,
} from '../../../../src/host/graph/recipeEdits';
import { recipeSchema } from '../../../../src/recipe/pipeline/recipeSchema';

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

/** A recipe of several steps. */
const STEPS = JSON.stringify({
  format: 'onnx-press-recipe',
  version: 1,
  model: 'digits.onnx',
  steps: [
    { kind: 'normalise' },
    { kind: 'prune', method: 'channel', protect: ['conv1'] },
    { kind: 'quantize', mode: 'static', exclude: ['conv2'] },
    { kind: 'prune', method: 'nm', protect: ['conv3'] },
  ],
});

function excluded(text: string): readonly string[] | undefined {
  return readRecipeLists(text)?.exclude;
}

describe('readRecipeLists', () => {
  it('reads a recipe with comments', () => {
    expect(readRecipeLists(COMMENTED)).toEqual({
      model: 'digits.onnx',
      exclude: ['/head/*', 'conv1', 'conv2'],
      keepFp16: [],
      protect: [],
      places: { quantize: 0 },
    });
  });

  it('reads the first step of each kind, wherever it stands', () => {
    expect(readRecipeLists(STEPS)).toEqual({
      model: 'digits.onnx',
      exclude: ['conv2'],
      keepFp16: [],
      protect: ['conv1'],
      places: { prune: 1, quantize: 2 },
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
    const text = changeRecipeList(newRecipe('digits.onnx', 'quantize'), 'exclude', ['/layer1/Conv'], true);
    expect(recipeSchema.parse(JSON.parse(text))).toEqual({
      format: 'onnx-press-recipe',
      version: 1,
      model: 'digits.onnx',
      steps: [{ kind: 'quantize', mode: 'static', exclude: ['/layer1/Conv'] }],
    });
  });
});

describe('lists of pruning', () => {
  it('are made in a recipe that the command line reads', () => {
    const text = changeRecipeList(newRecipe('digits.onnx', 'prune'), 'protect', ['/layer1/Conv'], true);
    expect(recipeSchema.parse(JSON.parse(text))).toEqual({
      format: 'onnx-press-recipe',
      version: 1,
      model: 'digits.onnx',
      steps: [{ kind: 'prune', method: 'channel', protect: ['/layer1/Conv'] }],
    });
  });

  it('change the step of their kind and no other', () => {
    const text = changeRecipeList(STEPS, 'protect', ['conv4'], true);
    expect(readRecipeLists(text)).toMatchObject({ protect: ['conv1', 'conv4'], exclude: ['conv2'] });
    const both = changeRecipeList(text, 'exclude', ['conv2'], false);
    expect(readRecipeLists(both)).toMatchObject({ protect: ['conv1', 'conv4'], exclude: [] });
    expect(readRecipeLists(changeRecipeList(both, 'protect', ['conv1', 'conv4'], false))?.protect).toEqual([]);
    expect(both.replace(/\s/g, '')).toContain('"protect":["conv3"]');
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
      recipeChoices({ exclude, keepFp16: [], protect: [] }, nodes).excluded;
    expect(of('/body/conv2', 'gone')).toEqual(['/body/conv2']);
    expect(of('/body/*')).toEqual(['/body/conv1', '/body/conv2']);
    expect(of('Gemm')).toEqual(['/head/gemm']);
    expect(recipeChoices({ exclude: [], keepFp16: ['*1'], protect: ['Gemm'] }, nodes)).toEqual({
      excluded: [],
      fp16: ['/body/conv1'],
      protected: ['/head/gemm'],
    });
  });

  it('finds the pattern that names a node besides its own name', () => {
    const [first] = nodes;
    expect(coveringPattern(['/head/*', '/body/conv1', 'Conv'], first!)).toBe('Conv');
    expect(coveringPattern(['/head/*', '/body/conv1'], first!)).toBeUndefined();
  });
});
