import { createSession } from '../../runtime/session';
import type { TensorMap, TensorValue } from '../../onnx/tensorValue';
import { buildOptimiser, optimiserSlots, type OptimiserSettings } from './optimiserGraph';

/** What one weight of the vector is updated with. */
export interface WeightOptions {
  readonly length: number;
  /** Multiplies the learning rate. Default 1; 0 freezes. */
  readonly rateFactor?: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /** 0 where the weight is held at zero, 1 elsewhere. */
  readonly mask?: Float32Array;
}

/** What an optimiser carries from step to step. */
export type OptimiserSlots = Readonly<Record<string, Float32Array>>;

/** An optimiser over one vector of weights. Release it when done. */
export interface Optimiser {
  /** Zeros; the average begins as the weights. */
  start(weights: Float32Array): OptimiserSlots;
  /** Takes a step (from 1) with a learning rate; neither argument is changed. */
  step(
    state: { readonly weights: Float32Array; readonly slots: OptimiserSlots },
    gradients: Float32Array,
    options: { readonly learningRate: number; readonly step: number },
  ): Promise<{ weights: Float32Array; slots: OptimiserSlots; gradientNorm: number }>;
  release(): Promise<void>;
}

/**
 * Creates an optimiser for the weights that `parts` describe, one after the other in a vector.
 * It runs on one thread: sums of another order would give other bits.
 */
export async function createOptimiser(
  settings: Omit<OptimiserSettings, 'masked'>,
  parts: readonly WeightOptions[],
): Promise<Optimiser> {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const masked = parts.some(({ mask }) => mask);
  const full: OptimiserSettings = { ...settings, masked };
  const session = await createSession(buildOptimiser(full, size), { threads: 1 });
  const factors = spread(parts, size, ({ rateFactor = 1 }) => rateFactor);
  const decay = spread(parts, size, ({ weightDecay = 0 }) => weightDecay);
  const mask = masked ? spread(parts, size, (part) => part.mask ?? 1) : undefined;
  const [beta1, beta2] = settings.betas ?? [0.9, 0.999];
  const names = optimiserSlots(full);
  const rate = new Float32Array(size);
  let rateOf = NaN;

  return {
    start: (weights) =>
      Object.fromEntries(
        names.map((name) => [name, name === 'average' ? weights.slice() : new Float32Array(size)] as const),
      ),
    async step({ weights, slots }, gradients, { learningRate, step }) {
      if (learningRate !== rateOf) for (let i = 0; i < size; i++) rate[i] = learningRate * (factors[i] as number);
      rateOf = learningRate;
      const feeds: Record<string, TensorValue> = {
        weights: vector(weights),
        gradients: vector(gradients),
        rate: vector(rate),
        decay: vector(decay),
        ...(mask ? { mask: vector(mask) } : {}),
        ...(settings.optimizer === 'sgd'
          ? {}
          : { correction1: scalar(1 - beta1 ** step), correction2: scalar(1 - beta2 ** step) }),
      };
      for (const name of names) feeds[name] = vector(slots[name] as Float32Array); // start() made one of every name
      const outputs = await session.run(feeds);
      return {
        weights: floatsOf(outputs, `weights'`),
        slots: Object.fromEntries(names.map((name) => [name, floatsOf(outputs, `${name}'`)])),
        gradientNorm: floatsOf(outputs, 'norm')[0] ?? NaN,
      };
    },
    release: () => session.release(),
  };
}

function spread(
  parts: readonly WeightOptions[],
  size: number,
  valueOf: (part: WeightOptions) => number | Float32Array,
): Float32Array {
  const values = new Float32Array(size);
  let at = 0;
  for (const part of parts) {
    const value = valueOf(part);
    if (typeof value === 'number') values.fill(value, at, at + part.length);
    else values.set(value, at);
    at += part.length;
  }
  return values;
}

function floatsOf(outputs: TensorMap, name: string): Float32Array {
  return outputs[name]?.data as Float32Array; // an output of the graph, float32
}

function vector(data: Float32Array): TensorValue {
  return { type: 'float32', dims: [data.length], data };
}

function scalar(value: number): TensorValue {
  return { type: 'float32', dims: [], data: Float32Array.of(value) };
}
