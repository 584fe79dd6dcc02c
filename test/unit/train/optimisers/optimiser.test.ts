import { describe, expect, it } from 'vitest';
import { createOptimiser, type OptimiserSlots, type WeightOptions } from '../../../../src/train/optimisers/optimiser';
import type { OptimiserSettings } from '../../../../src/train/optimisers/optimiserGraph';

const START = [1, -2, 0.5];
const GRADIENTS = [
  [0.5, -1, 2],
  [-0.25, 3, 1],
  [1, 0.5, -0.75],
];

describe('an optimiser', () => {
  it('takes the steps of SGD with momentum and weight decay', async () => {
    const expected = reference((g, w, slots) => {
      slots.m = 0.9 * (slots.m ?? 0) + g + 0.01 * w;
      return w - 0.1 * slots.m;
    });
    expect(await run({ optimizer: 'sgd' }, [{ length: 3, weightDecay: 0.01 }])).toBeCloseToAll(expected);
  });

  it('takes the steps of Nesterov', async () => {
    const expected = reference((g, w, slots) => {
      slots.m = 0.8 * (slots.m ?? 0) + g;
      return w - 0.1 * (g + 0.8 * slots.m);
    });
    expect(await run({ optimizer: 'sgd', momentum: 0.8, nesterov: true }, [{ length: 3 }])).toBeCloseToAll(expected);
  });

  it('adds the decay to the gradient in Adam, and takes it off the weights in AdamW', async () => {
    const adam = (g: number, slots: Record<string, number>, step: number): number => {
      slots.m = 0.9 * (slots.m ?? 0) + 0.1 * g;
      slots.v = 0.999 * (slots.v ?? 0) + 0.001 * g * g;
      return slots.m / (1 - 0.9 ** step) / (Math.sqrt(slots.v / (1 - 0.999 ** step)) + 1e-8);
    };
    const part = { length: 3, weightDecay: 0.05 };
    const coupled = reference((g, w, slots, step) => w - 0.1 * adam(g + 0.05 * w, slots, step));
    expect(await run({ optimizer: 'adam' }, [part])).toBeCloseToAll(coupled);
    const decoupled = reference((g, w, slots, step) => w - 0.1 * adam(g, slots, step) - 0.1 * 0.05 * w);
    expect(await run({ optimizer: 'adamw' }, [part])).toBeCloseToAll(decoupled);
  });

  it('gives every weight its own rate and decay, and holds masked ones at zero', async () => {
    const frozen = await run({ optimizer: 'sgd' }, [{ length: 1, rateFactor: 0 }, { length: 2 }]);
    const free = await run({ optimizer: 'sgd' }, [{ length: 3 }]);
    expect(frozen).toBeCloseToAll([START[0] as number, ...free.slice(1)]);
    const masked = await run({ optimizer: 'adam' }, [{ length: 1 }, { length: 2, mask: Float32Array.of(0, 1) }]);
    expect(masked[1]).toBeCloseTo(0, 12);
    expect(masked[2]).not.toBe(START[2]);
  });

  it('scales gradients to a norm', async () => {
    const optimiser = await createOptimiser({ optimizer: 'sgd', clipNorm: 1 }, [{ length: 2 }]);
    const weights = Float32Array.of(0, 0);
    const options = { learningRate: 1, step: 1 };
    const stepped = await optimiser.step({ weights, slots: optimiser.start(weights) }, Float32Array.of(3, 4), options);
    await optimiser.release();
    expect(stepped.gradientNorm).toBe(5);
    expect([...stepped.weights]).toBeCloseToAll([-0.6, -0.8]);
  });

  it('takes a norm of 0 as no limit', async () => {
    const optimiser = await createOptimiser({ optimizer: 'sgd', clipNorm: 0 }, [{ length: 2 }]);
    const weights = Float32Array.of(0, 0);
    const options = { learningRate: 1, step: 1 };
    const stepped = await optimiser.step({ weights, slots: optimiser.start(weights) }, Float32Array.of(3, 4), options);
    await optimiser.release();
    expect([...stepped.weights]).toEqual([-3, -4]);
  });

  it('carries a moving average that begins as the weights', async () => {
    const optimiser = await createOptimiser({ optimizer: 'sgd', averageDecay: 0.75 }, [{ length: 1 }]);
    const weights = Float32Array.of(2);
    const options = { learningRate: 1, step: 1 };
    const stepped = await optimiser.step({ weights, slots: optimiser.start(weights) }, Float32Array.of(4), options);
    await optimiser.release();
    expect(stepped.weights[0]).toBe(-2);
    expect(stepped.slots['average']?.[0]).toBe(0.75 * 2 + 0.25 * -2);
  });
});

/** The weights after a step with each of {@link GRADIENTS}. */
async function run(settings: OptimiserSettings, parts: readonly WeightOptions[]): Promise<number[]> {
  const optimiser = await createOptimiser(settings, parts);
  let state: { weights: Float32Array; slots: OptimiserSlots } = {
    weights: Float32Array.from(START),
    slots: optimiser.start(Float32Array.from(START)),
  };
  for (const [i, gradients] of GRADIENTS.entries()) {
    state = await optimiser.step(state, Float32Array.from(gradients), { learningRate: 0.1, step: i + 1 });
  }
  await optimiser.release();
  return [...state.weights];
}

type Update = (gradient: number, weight: number, slots: Record<string, number>, step: number) => number;

/** The same in plain arithmetic of doubles, weight by weight. */
function reference(update: Update): number[] {
  return START.map((start, i) => {
    const slots: Record<string, number> = {};
    return GRADIENTS.reduce(
      (weight, gradients, step) => update(gradients[i] as number, weight, slots, step + 1),
      start,
    );
  });
}

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- vitest's own declaration has this parameter
  interface Matchers<T = any> {
    toBeCloseToAll(expected: readonly number[]): T;
  }
}

expect.extend({
  toBeCloseToAll(actual: readonly number[], expected: readonly number[]) {
    const isClose =
      actual.length === expected.length && actual.every((v, i) => Math.abs(v - (expected[i] ?? NaN)) < 1e-5);
    return { pass: isClose, message: () => `expected [${actual.join()}] to be [${expected.join()}] within 1e-5` };
  },
});
