import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import type { TensorInfo } from '../../../src/onnx/tensorValue';
import type { CoupledGroup } from '../../../src/prune/coupling/types';
import { channelMultiples } from '../../../src/recipe/channelMultiples';
import type { LayerTimer } from '../../../src/recipe/layerTimings';

const CONTEXT = { onProgress: () => undefined, signal: new AbortController().signal, log: () => undefined };

const float = (name: string, dims: readonly number[]): [string, TensorInfo] => [name, { name, type: 'float32', dims }];

/** A layer of `units` outputs whose weight makes them. */
function layer(name: string, units: number): { group: CoupledGroup; types: [string, TensorInfo][] } {
  const node = makeNode('MatMul', name, ['x', `${name}.w`], [`${name}.y`]);
  const elements = Array.from({ length: units }, (_, unit) => [unit]);
  const members = [{ tensor: `${name}.w`, axis: 1, length: units, elements, role: 'makes' as const, node }];
  const group = { name, units, members, exact: true };
  return { group, types: [float(`${name}.w`, [8, units]), float(`${name}.y`, [1, units])] };
}

/** Multiples of groups whose layers take `msOf` at a width and try. */
function multiplesOf(
  units: Readonly<Record<string, number>>,
  msOf: (name: string, width: number, tries: number) => number | undefined,
): Promise<Map<string, number>> {
  const layers = Object.entries(units).map(([name, count]) => layer(name, count));
  const types = new Map([float('x', [1, 8]), ...layers.flatMap((own) => own.types)]);
  const timer: LayerTimer = {
    time: (variants, tries = 1) =>
      Promise.resolve(
        variants.map(({ nodes, types: own }) => {
          const name = nodes[0]?.name ?? '';
          return msOf(name, Number(own.get(`${name}.w`)?.dims[1]), tries);
        }),
      ),
  };
  return channelMultiples({ groups: layers.map(({ group }) => group) }, types, timer, CONTEXT);
}

describe('channelMultiples', () => {
  it('finds the smallest multiple that pays, and the whole size where none does', async () => {
    const kernel = { any: 1, eight: 8, sixteen: 16, same: 1000 };
    const found = await multiplesOf({ any: 64, eight: 32, sixteen: 64, same: 64 }, (name, width) => {
      const block = kernel[name as keyof typeof kernel];
      return Math.ceil(width / block) * block;
    });
    expect(Object.fromEntries(found)).toEqual({ any: 2, eight: 8, sixteen: 16, same: 64 });
  });

  it('gives a group up only when a second try finds nothing either', async () => {
    const tried: number[] = [];
    const found = await multiplesOf({ layer: 16 }, (_, width, tries) => {
      tried.push(tries);
      return tries === 1 ? 16 : Math.ceil(width / 8) * 8;
    });
    expect(found.get('layer')).toBe(8);
    expect(new Set(tried)).toEqual(new Set([1, 2]));
    const once: number[] = [];
    await multiplesOf({ layer: 16 }, (_, width, tries) => {
      once.push(tries);
      return width;
    });
    expect(new Set(once)).toEqual(new Set([1]));
  });

  it('takes what cannot be timed for free to choose, rather than for a saving', async () => {
    expect((await multiplesOf({ layer: 16 }, () => undefined)).get('layer')).toBe(1);
    expect((await multiplesOf({ layer: 16 }, (_, width) => (width < 16 ? undefined : 1))).get('layer')).toBe(1);
  });
});
