import type { Model } from '../../src/onnx/model';
import { sampleValues } from '../../test/fixtures/buildModel';
import { createNetwork } from '../../test/fixtures/networkBuilder';

/** Residual blocks of each width: 20 layers with three. */
export interface ResNetOptions {
  readonly blocks?: number;
  readonly batchNorm: boolean;
}

/**
 * ResNet for CIFAR-10 (He et al., 2016) with projections where the width changes, with random weights: 20 layers as it
 * comes.
 */
export function resnet({ blocks = 3, batchNorm }: ResNetOptions): Model {
  const net = createNetwork();
  let seed = 1;
  const weight = (dims: readonly number[], fanIn: number): string => {
    const count = dims.reduce((product, dim) => product * dim, 1);
    const scale = Math.sqrt(6 / fanIn);
    return net.weight(
      dims,
      'float32',
      sampleValues(count, seed++).map((value) => value * scale),
    );
  };
  const conv = (x: string, from: number, to: number, kernel: number, stride: number): string => {
    const pad = kernel >> 1;
    const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] };
    const kernels = weight([to, from, kernel, kernel], from * kernel * kernel);
    if (!batchNorm) return net.op('Conv', [x, kernels, net.weight([to], 'float32', [0])], attributes);
    const statistics = [1, 0, 0, 1].map((value) => net.weight([to], 'float32', [value]));
    return net.op('BatchNormalization', [net.op('Conv', [x, kernels], attributes), ...statistics]);
  };
  let x = net.op('Relu', [conv('input', 3, 16, 3, 1)]);
  let width = 16;
  for (const [stage, to] of [16, 32, 64].entries()) {
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const inner = net.op('Relu', [conv(x, width, to, 3, stride)]);
      const shortcut = stride === 1 ? x : conv(x, width, to, 1, stride);
      x = net.op('Relu', [net.op('Add', [conv(inner, to, to, 3, 1), shortcut])]);
      width = to;
    }
  }
  x = net.op('Flatten', [net.op('GlobalAveragePool', [x])]);
  net.op('Gemm', [x, weight([10, 64], 64), net.weight([10], 'float32', [0])], { transB: 1 }, { outputs: ['logits'] });
  return net.model({ input: ['float32', ['n', 3, 32, 32]] }, { logits: ['float32', ['n', 10]] });
}
