import { smallest } from '../selection/smallest';
import type { Mask, MaskAmount, MaskedLayer } from './mask';

/**
 * Masks that remove the weights of the smallest magnitude, of each layer or of all layers together
 * (Han et al., Learning both Weights and Connections for Efficient Neural Networks, 2015). Exactly the share that is asked
 * for goes, to the nearest element. L1 and L2 rank single weights alike. A layer with an amount of its own does not take
 * part in the common ranking.
 */
export function magnitudeMasks(layers: readonly MaskedLayer[], { amount, scope }: MaskAmount): Mask[] {
  return rankedMasks(
    layers,
    layers.map(({ values }) => values.map(Math.abs)),
    { amount, scope },
  );
}

/** Masks of the elements (or blocks) whose scores are not among the smallest; one score a mask element. */
export function rankedMasks(
  layers: readonly Pick<MaskedLayer, 'amount'>[],
  scores: readonly (Float32Array | Float64Array)[],
  { amount, scope }: MaskAmount,
): Mask[] {
  const removed = new Map<number, Uint8Array>();
  const common = layers.flatMap((layer, i) => (layer.amount === undefined && scope === 'global' ? [i] : []));
  const competing = common.map((i) => scores[i] as Float32Array); // one for every layer
  const count = competing.reduce((sum, part) => sum + part.length, 0);
  smallest(competing, amount * count).forEach((flags, at) => removed.set(common[at] as number, flags));
  return layers.map((layer, i) => {
    const own = scores[i] as Float32Array; // one for every layer
    const flags = removed.get(i) ?? (smallest([own], (layer.amount ?? amount) * own.length)[0] as Uint8Array);
    return flags.map((flag) => 1 - flag);
  });
}
