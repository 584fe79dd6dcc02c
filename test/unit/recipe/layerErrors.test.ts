import { beforeAll, describe, expect, it } from 'vitest';
import type { LayerError, LayerErrorResult } from '../../../src/protocol';
import { layerErrors } from '../../../src/recipe/layerErrors';
import { quantizeModel } from '../../../src/recipe/quantizeModel';
import { createFolder, quietContext, saved } from './graph/fixtures';
import { lopsidedModel } from './layerModels';

const folder = createFolder();
let before = '';
let after = '';
const shared = { synthetic: true, threads: 1, limit: 12 } as const;

beforeAll(async () => {
  before = saved(folder, 'model.onnx', lopsidedModel());
  const settings = { mode: 'static', perChannel: false } as const;
  after = (await quantizeModel({ model: before, settings, synthetic: true, threads: 1 }, quietContext())).outputPath;
});

const errorOf = ({ layers }: LayerErrorResult, name: string): LayerError => {
  const layer = layers.find(({ node }) => node === name);
  if (!layer) throw new Error(`no layer ${name}`);
  return layer;
};

describe('layerErrors', () => {
  it('says who causes the error and where it accumulates', async () => {
    const result = await layerErrors({ before, after, layerwise: true, ...shared }, quietContext());
    expect(result.samples).toBe(12);
    expect(result.layers.map(({ node, tensor }) => [node, tensor])).toEqual([
      ['first', 'b'],
      ['guilty', 'd'],
      ['last', 'e'],
      ['head', 'scores'],
    ]);
    expect(errorOf(result, 'first').targets).toContain('first');
    // The layer behind the guilty one is innocent itself, and shows all of the error.
    expect(errorOf(result, 'first').graphwise.sqnrDb).toBeGreaterThan(25);
    expect(errorOf(result, 'last').graphwise.sqnrDb).toBeLessThan(20);
    expect(errorOf(result, 'last').layerwise?.sqnrDb).toBeGreaterThan(25);
    expect(errorOf(result, 'guilty').layerwise?.sqnrDb).toBeLessThan(20);
    const causes = result.layers.toSorted((a, b) => b.layerwise!.output.divergence - a.layerwise!.output.divergence);
    expect(causes[0]?.node).toBe('guilty');
  });

  it('looks only at the nodes that it is asked about', async () => {
    const result = await layerErrors({ before, after, nodes: ['last'], ...shared }, quietContext());
    expect(result.layers.map(({ node, layerwise }) => [node, layerwise])).toEqual([['last', undefined]]);
  });

  it('finds no error between a model and itself, and says why no layer was quantized alone', async () => {
    const result = await layerErrors({ before, after: before, layerwise: true, ...shared }, quietContext());
    expect(result.layers).toHaveLength(4);
    for (const { graphwise } of result.layers) {
      expect(graphwise.sqnrDb).toBeNull();
      expect(graphwise.cosine).toBeCloseTo(1, 12);
    }
    expect(result.note).toMatch(/^No report/);
  });
});
