import { describe, expect, it } from 'vitest';
import { mainGraph } from '../../../src/onnx/model';
import type { NodeProto } from '../../../src/onnx/onnx_pb';
import type { TensorInfo } from '../../../src/onnx/tensorValue';
import { createLayerTimer } from '../../../src/recipe/layerTimings';
import { CancelledError } from '../../../src/util/pressError';
import { createNetwork } from '../../fixtures/networkBuilder';

const net = createNetwork();
net.op('MatMul', ['x', net.weight([4, 4])], {}, { outputs: ['y'] });
const MODEL = net.model({ x: ['float32', [1, 4]] }, { y: ['float32', [1, 4]] });
const MATMUL = mainGraph(MODEL).node[0] as NodeProto; // just made

/** The layer, with so many rows, inputs and outputs. */
function sized(size: number, inner = size): { nodes: NodeProto[]; types: Map<string, TensorInfo> } {
  const [input = '', weight = ''] = MATMUL.input;
  const info = (name: string, dims: readonly number[]): [string, TensorInfo] => [name, { name, type: 'float32', dims }];
  return { nodes: [MATMUL], types: new Map([info(input, [size, inner]), info(weight, [size, size])]) };
}

describe('createLayerTimer', () => {
  it('times variants against each other, and those that do not run not at all', async () => {
    const timer = createLayerTimer(MODEL, { signal: new AbortController().signal });
    const [large, small, refused] = await timer.time([sized(384), sized(48), sized(48, 47)]);
    expect(large).toBeGreaterThan(8 * (small ?? Infinity));
    expect(small).toBeGreaterThanOrEqual(0);
    expect(refused).toBeUndefined();
  });

  it('measures equal variants once, and a second try only lowers the figures', async () => {
    const timer = createLayerTimer(MODEL, { signal: new AbortController().signal });
    const variants = [sized(96), sized(64)];
    const first = await timer.time(variants);
    expect(await timer.time(variants)).toEqual(first);
    const second = await timer.time([sized(96), sized(64)], 2);
    second.forEach((ms, i) => expect(ms).toBeLessThanOrEqual(first[i] ?? 0));
    expect(await timer.time(variants)).toEqual(second);
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const timer = createLayerTimer(MODEL, { signal: controller.signal });
    await expect(timer.time([sized(64)])).rejects.toThrow(CancelledError);
  });
});
