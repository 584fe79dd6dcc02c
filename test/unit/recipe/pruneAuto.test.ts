import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset, Sample } from '../../../src/data/dataset';
import type { TensorMap } from '../../../src/onnx/tensorValue';
import type { PruneSettings } from '../../../src/protocol';
import { concreteTypes } from '../../../src/prune/coupling/concreteTypes';
import { couple } from '../../../src/prune/coupling/couple';
import { modelMacs, prunedTypes } from '../../../src/prune/selection/prunedMacs';
import { planAmounts, type AutoInput, type AutoPlan } from '../../../src/recipe/pruneAuto';
import type { Session } from '../../../src/runtime/session';
import { sampleValues } from '../../fixtures/buildModel';
import { resNet } from '../prune/coupling/networks';

/** Far longer than any model of the test takes, however busy the machine is. */
const SLOW_MS = 200;
const WHOLE = { multiples: new Map<string, number>(), strength: 1 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-auto-'));
  writeFileSync(join(folder, 'net.onnx'), 'stands for the model, of which only size and time are looked at');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two samples of generated pixels. */
function samples(): Dataset {
  const all = [1, 2].map((seed): Sample => {
    const data = Float32Array.from(sampleValues(3 * 8 * 8, seed));
    return { inputs: { x: { type: 'float32', dims: [1, 3, 8, 8], data } }, source: `sample ${seed}` };
  });
  return {
    count: all.length,
    samples: async function* () {
      yield* await Promise.resolve(all);
    },
  } as unknown as Dataset; // what measuring reads of it
}

/** A model that answers at once or after a while, in place of the original. */
function original(milliseconds: number): Session {
  const run = async (): Promise<TensorMap> => {
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return {};
  };
  return { inputs: [], outputs: [], run, release: () => Promise.resolve() };
}

async function planned(settings: Partial<PruneSettings>, beforeMs = 0): Promise<{ plan: AutoPlan; input: AutoInput }> {
  const model = resNet();
  const part = { dataset: samples(), start: 0, count: 2 };
  const feeds: TensorMap = { x: { type: 'float32', dims: [1, 3, 8, 8], data: new Float32Array(3 * 8 * 8) } };
  const types = await concreteTypes(model, feeds);
  const input: AutoInput = {
    job: {
      params: {
        model: join(folder, 'net.onnx'),
        threads: 1,
        settings: { method: 'channel', auto: true, importance: 'l1', ...settings },
      },
      context: {
        onProgress: () => undefined,
        signal: new AbortController().signal,
        log: () => undefined,
        latencySeconds: 0.01,
      },
    },
    samples: { calibration: part, evaluation: part, uncalibrated: false, warnings: [] },
    before: original(beforeMs),
    feeds,
    model,
    types,
    coupling: couple(model, types),
  };
  return { plan: await planAmounts(input), input };
}

/** The share of multiply-accumulates that is left with these amounts. */
function macsLeft({ model, types, coupling }: AutoInput, { layers = {} }: PruneSettings): number {
  const removal = new Map(
    coupling.groups.map(({ name, units }) => {
      const removed = Math.round(units * (layers[name] ?? 0));
      return [name, new Set(Array.from({ length: removed }, (_, unit) => unit))];
    }),
  );
  return modelMacs(model, prunedTypes(types, coupling, removal)) / modelMacs(model, types);
}

describe('planAmounts', () => {
  it('brings the multiply-accumulates down to the budget, and not far below', async () => {
    const { plan, input } = await planned({ targetMacs: 0.6 });
    const settings = await plan(WHOLE);
    expect(settings).not.toHaveProperty('targetMacs');
    expect(settings).toMatchObject({ method: 'channel', amount: 0 });
    const left = macsLeft(input, settings);
    expect(left).toBeLessThanOrEqual(0.6);
    // The groups have four and eight channels: one of them is a good part of the model.
    expect(left).toBeGreaterThan(0.3);
    const half = macsLeft(input, await plan({ ...WHOLE, strength: 0.5 }));
    expect(half).toBeLessThanOrEqual(0.8);
    expect(half).toBeGreaterThan(left);
  });

  it('keeps counts that pay, and groups of which none does', async () => {
    const { plan, input } = await planned({ targetMacs: 0.6 });
    const multiples = new Map(input.coupling.groups.map(({ name, units }) => [name, units > 4 ? 4 : units]));
    const { layers = {} } = await plan({ multiples, strength: 1 });
    expect(Object.keys(layers).length).toBeGreaterThan(0);
    for (const { name, units } of input.coupling.groups) expect([0, units > 4 ? 0.5 : 0]).toContain(layers[name] ?? 0);
  });

  it('removes nothing where latency is within the budget', async () => {
    const { plan } = await planned({ targetLatency: 0.5 }, SLOW_MS);
    expect((await plan(WHOLE)).layers).toEqual({});
  });

  it('removes all that it may where no pruned model is fast enough', async () => {
    const { plan, input } = await planned({ targetLatency: 0.001 });
    const settings = await plan(WHOLE);
    expect(settings).not.toHaveProperty('targetLatency');
    const open = input.coupling.groups.filter(({ protection }) => protection === undefined).map(({ name }) => name);
    expect(Object.keys(settings.layers ?? {}).sort()).toEqual(open.sort());
    expect(macsLeft(input, settings)).toBeLessThan(0.3);
  });
});
