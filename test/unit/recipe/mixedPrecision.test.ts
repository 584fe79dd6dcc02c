import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mixedPrecision } from '../../../src/recipe/mixedPrecision';
import { openRecipe } from '../../../src/recipe/recipeFile';
import { runRecipe } from '../../../src/recipe/runRecipe';
import { measureSensitivity } from '../../../src/recipe/sensitivity';
import { createFolder, quietContext, saved } from './graph/fixtures';
import { lopsidedModel } from './layerModels';

const folder = createFolder();
// Corrected biases alone would keep most answers as they are.
const settings = { mode: 'static', perChannel: false, biasCorrection: false, calibrationSamples: 24 } as const;
const shared = { synthetic: true, threads: 1 } as const;

describe('measureSensitivity', () => {
  it('puts the guilty layer first, and says so from both sides where the model has collapsed', async () => {
    const model = saved(folder, 'lopsided.onnx', lopsidedModel());
    const result = await measureSensitivity({ model, settings, limit: 48, ...shared }, quietContext());
    expect(result).toMatchObject({ collapsed: true, samples: 48, pool: 48 });
    const kept = result.layers.toSorted((a, b) => a.keptFloat!.divergence - b.keptFloat!.divergence);
    expect([result.layers[0]?.node, kept[0]?.node]).toEqual(['guilty', 'guilty']);
    const [first, second] = result.layers;
    expect(first!.alone.divergence).toBeGreaterThan(20 * second!.alone.divergence);
    expect(result.layers.reduce((sum, { macShare }) => sum + macShare, 0)).toBeCloseTo(1);
  });

  it('measures no layer kept in float where the model has not collapsed', async () => {
    const model = saved(folder, 'healthy.onnx', lopsidedModel());
    const result = await measureSensitivity({ model, limit: 16, ...shared }, quietContext());
    expect(result.collapsed).toBe(false);
    expect(result.layers.map(({ keptFloat }) => keptFloat)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('mixedPrecision', () => {
  it('keeps the guilty layer in float, and its recipe makes the same model', async () => {
    const model = saved(folder, 'mixed.onnx', lopsidedModel());
    const params = { model, settings, remedies: ['float' as const], maxDropPoints: 10, ...shared };
    const result = await mixedPrecision(params, quietContext());
    expect(result).toMatchObject({
      goal: { measure: 'agreement', met: true },
      stop: 'smallest-found',
      chosen: { float: ['guilty'], perChannel: [] },
      settings: { mode: 'static', perChannel: false, exclude: ['guilty'] },
    });
    expect(result.chosen.floatMacShare).toBeGreaterThan(0.3);
    expect(result.frontier.length).toBeGreaterThan(0);
    expect(result.report.kept).toContainEqual({ node: 'guilty', opType: 'Conv', reason: 'Excluded by "guilty".' });
    const output = join(folder, 'again.onnx');
    await runRecipe(openRecipe(result.report.recipePath), { output }, quietContext());
    expect(readFileSync(output)).toEqual(readFileSync(result.outputPath));
    const kept = join(folder, '.onnx-press', 'mixed.int8', 'mixed-precision.json');
    const search: unknown = JSON.parse(readFileSync(kept, 'utf8'));
    expect(search).toMatchObject({ stop: 'smallest-found', candidates: result.candidates });
  });

  it('needs no float where scales per channel suffice', async () => {
    const model = saved(folder, 'channels.onnx', lopsidedModel());
    const result = await mixedPrecision({ model, settings, maxDropPoints: 10, ...shared }, quietContext());
    expect(result.chosen).toMatchObject({ float: [], perChannel: ['guilty'], floatMacShare: 0 });
    expect(result.settings.layers).toEqual({ guilty: { perChannel: true } });
    const output = join(folder, 'again2.onnx');
    await runRecipe(openRecipe(result.report.recipePath), { output }, quietContext());
    expect(readFileSync(output)).toEqual(readFileSync(result.outputPath));
  });

  it('writes the best model seen when there is no time', async () => {
    const model = saved(folder, 'hurried.onnx', lopsidedModel());
    const result = await mixedPrecision({ model, settings, maxSeconds: 1, ...shared }, quietContext());
    expect(result).toMatchObject({ stop: 'time', candidates: 1, goal: { met: false }, chosen: { float: [] } });
    expect(result.reason).toContain('Give more time');
    expect(existsSync(result.outputPath)).toBe(true);
  });

  it('writes nothing when cancelled, and refuses other modes', async () => {
    const model = saved(folder, 'cancelled.onnx', lopsidedModel());
    const controller = new AbortController();
    const context = {
      ...quietContext(),
      signal: controller.signal,
      onProgress: ({ stage }: { stage: string }) => {
        if (stage === 'search') controller.abort();
      },
    };
    const cancelled = mixedPrecision({ model, settings, ...shared }, context);
    await expect(cancelled).rejects.toMatchObject({ name: 'CancelledError' });
    expect(readdirSync(folder).filter((name) => name.startsWith('cancelled'))).toEqual(['cancelled.onnx']);
    const dynamic = mixedPrecision({ model, settings: { mode: 'dynamic' }, ...shared }, quietContext());
    await expect(dynamic).rejects.toMatchObject({ code: 'bad-option' });
  });
});
