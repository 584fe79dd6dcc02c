import type { AttributeValue } from '../../../../src/onnx/attributes';
import type { Model } from '../../../../src/onnx/model';
import { sampleValues } from '../../../fixtures/buildModel';
import { createNetwork, type NetworkBuilder } from '../../../fixtures/networkBuilder';

/** A builder whose weights look random, and layers as exporters write them. */
export interface Layers extends Pick<NetworkBuilder, 'model'> {
  /** Adds an operator with the name `name`; returns its outputs. */
  readonly op: (
    operator: string,
    name: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    outputs?: readonly string[],
  ) => string;
  readonly weight: (name: string, dims: readonly number[]) => string;
  readonly ints: (name: string, values: readonly number[]) => string;
  readonly conv: (name: string, input: string, from: number, to: number, options?: ConvOptions) => string;
  readonly linear: (name: string, input: string, from: number, to: number) => string;
  readonly norm: (name: string, input: string, channels: number) => string;
}

interface ConvOptions {
  readonly kernel?: number;
  readonly group?: number;
}

/** Starts a network. */
export function createLayers(): Layers {
  const net = createNetwork();
  let seed = 1;
  const scoped = <T>(name: string, build: () => T): T => net.inScope(name, build);
  const weight = (name: string, dims: readonly number[]): string =>
    scoped(name, () =>
      net.weight(
        dims,
        'float32',
        sampleValues(
          dims.reduce((a, b) => a * b, 1),
          seed++,
        ),
      ),
    );
  const op: Layers['op'] = (operator, name, inputs, attributes = {}, outputs) =>
    scoped(name, () => net.op(operator, inputs, attributes, outputs ? { outputs } : {}));
  return {
    model: net.model,
    op,
    weight,
    ints: (name, values) => scoped(name, () => net.weight([values.length], 'int64', values)),
    conv(name, input, from, to, { kernel = 3, group = 1 } = {}) {
      const parameters = [weight(`${name}.w`, [to, from / group, kernel, kernel]), weight(`${name}.b`, [to])];
      const pads = Array.from({ length: 4 }, () => (kernel - 1) / 2);
      return op('Conv', name, [input, ...parameters], { kernel_shape: [kernel, kernel], pads, group });
    },
    linear(name, input, from, to) {
      const product = op('MatMul', name, [input, weight(`${name}.w`, [from, to])]);
      return op('Add', `${name}.bias`, [product, weight(`${name}.b`, [to])]);
    },
    norm(name, input, channels) {
      const parameters = ['s', 'b', 'm'].map((part) => weight(`${name}.${part}`, [channels]));
      const variance = scoped(`${name}.v`, () => net.weight([channels], 'float32', [0.5, 1, 1.5]));
      return op('BatchNormalization', name, [input, ...parameters, variance]);
    },
  };
}

function classify(net: Layers, input: string, channels: number): void {
  const flat = net.op('Flatten', 'flat', [net.op('GlobalAveragePool', 'pool', [input])]);
  const parameters = [net.weight('fc.w', [5, channels]), net.weight('fc.b', [5])];
  net.op('Gemm', 'fc', [flat, ...parameters], { transB: 1 }, ['y']);
}

function image(net: Layers, channels = 3, size = 8): Model {
  return net.model({ x: ['float32', [1, channels, size, size]] }, { y: ['float32', [1, 5]] });
}

/** Two stages; the second begins with a shortcut that takes every second pixel and pads channels, as CIFAR ResNets do. */
export function resNet(): Model {
  const net = createLayers();
  const block = (name: string, input: string, shortcut: string, from: number, to: number): string => {
    const inner = net.op('Relu', `${name}.relu1`, [
      net.norm(`${name}.bn`, net.conv(`${name}.conv1`, input, from, to), to),
    ]);
    const sum = net.op('Add', `${name}.add`, [net.conv(`${name}.conv2`, inner, to, to), shortcut]);
    return net.op('Relu', `${name}.relu2`, [sum]);
  };
  const stem = net.op('Relu', 'stem.relu', [net.conv('stem', 'x', 3, 4)]);
  const first = block('a', stem, stem, 4, 4);
  const padded = net.op('Pad', 'pad', [first, net.ints('pads', [0, 2, 0, 0, 0, 2, 0, 0])]);
  classify(net, block('b', first, padded, 4, 8), 8);
  return image(net);
}

/** Every layer reads all layers before it. */
export function denseNet(): Model {
  const net = createLayers();
  const made = [net.conv('stem', 'x', 3, 6)];
  for (const layer of ['a', 'b']) {
    const channels = 6 + 4 * (made.length - 1);
    const all = made.length === 1 ? (made[0] ?? '') : net.op('Concat', `${layer}.concat`, made, { axis: 1 });
    const active = net.op('Relu', `${layer}.relu`, [net.norm(`${layer}.bn`, all, channels)]);
    made.push(net.conv(`${layer}.conv`, active, channels, 4));
  }
  classify(net, net.op('Concat', 'last', made, { axis: 1 }), 14);
  return image(net);
}

/** A block of YOLO: one convolution split in two, one half through another convolution, all concatenated. */
export function yolo(): Model {
  const net = createLayers();
  const stem = net.op('LeakyRelu', 'stem.act', [net.conv('stem', 'x', 3, 8)]);
  net.op('Split', 'split', [stem, net.ints('sizes', [4, 4])], { axis: 1 }, ['left', 'right']);
  const inner = net.op('Add', 'add', ['right', net.conv('m2', net.conv('m1', 'right', 4, 6), 6, 4)]);
  const all = net.op('Concat', 'concat', ['left', 'right', inner], { axis: 1 });
  const up = net.op('Resize', 'up', [
    net.conv('cv2', all, 12, 8, { kernel: 1 }),
    '',
    '',
    net.ints('size', [1, 8, 16, 16]),
  ]);
  classify(net, up, 8);
  return image(net);
}

/** A Squeeze-and-Excitation gate: the channels are scaled by what two 1x1 convolutions make of their averages. */
export function squeezeExcite(): Model {
  const net = createLayers();
  const features = net.conv('features', 'x', 3, 8);
  const squeezed = net.op('Relu', 'squeeze.relu', [
    net.conv('squeeze', net.op('GlobalAveragePool', 'mean', [features]), 8, 4, { kernel: 1 }),
  ]);
  const gate = net.op('HardSigmoid', 'gate', [net.conv('excite', squeezed, 4, 8, { kernel: 1 })]);
  classify(net, net.op('Mul', 'scale', [features, gate]), 8);
  return image(net);
}

/** MobileNet: pointwise, depthwise, pointwise; and a ResNeXt convolution of two groups. */
export function groupedConvs(): Model {
  const net = createLayers();
  const wide = net.op('Relu', 'relu1', [net.conv('expand', 'x', 3, 6, { kernel: 1 })]);
  const depthwise = net.conv('depthwise', wide, 6, 6, { group: 6 });
  const mixed = net.conv('project', depthwise, 6, 8, { kernel: 1 });
  classify(net, net.conv('grouped', mixed, 8, 4, { group: 2 }), 4);
  return image(net);
}

/** A channel shuffle between two convolutions of two groups (ShuffleNet). */
export function shuffle(): Model {
  const net = createLayers();
  const first = net.conv('first', 'x', 3, 8);
  const split = net.op('Reshape', 'split', [first, net.ints('split.s', [1, 2, 4, 8, 8])]);
  const turned = net.op('Transpose', 'turn', [split], { perm: [0, 2, 1, 3, 4] });
  const merged = net.op('Reshape', 'merge', [turned, net.ints('merge.s', [1, -1, 8, 8])]);
  classify(net, net.conv('second', merged, 8, 6, { kernel: 1 }), 6);
  return image(net);
}

/** Upsampling by a transposed convolution, then by trading channels for space, which ends in one channel. */
export function upsampling(): Model {
  const net = createLayers();
  const features = net.op('PRelu', 'prelu', [net.conv('features', 'x', 3, 6), net.weight('slope', [6, 1, 1])]);
  const parameters = [net.weight('up.w', [6, 8, 2, 2]), net.weight('up.b', [8])];
  const up = net.op('ConvTranspose', 'up', [features, ...parameters], { kernel_shape: [2, 2], strides: [2, 2] });
  const traded = net.op('DepthToSpace', 'trade', [up], { blocksize: 2, mode: 'CRD' });
  classify(net, traded, 2);
  return image(net);
}

/** A vision transformer: patches, one layer of two heads, a feed-forward layer, LayerNormalization before each. */
export function vit(): Model {
  const net = createLayers();
  const [width, heads, size] = [8, 2, 4];
  const patches = net.op(
    'Conv',
    'patches',
    ['x', net.weight('patches.w', [width, 3, 4, 4]), net.weight('patches.b', [width])],
    { kernel_shape: [4, 4], strides: [4, 4] },
  );
  const rows = net.op('Reshape', 'rows', [patches, net.ints('rows.s', [1, width, 4])]);
  const tokens = net.op('Transpose', 'tokens', [rows], { perm: [0, 2, 1] });
  const input = net.op('Add', 'position', [tokens, net.weight('position.w', [1, 4, width])]);
  const normalize = (name: string, from: string): string =>
    net.op('LayerNormalization', name, [from, net.weight(`${name}.s`, [width]), net.weight(`${name}.b`, [width])]);
  const normed = normalize('norm1', input);
  const head = (name: string, perm: readonly number[]): string => {
    const split = net.ints(`${name}.s`, [0, 0, heads, size]);
    return net.op(
      'Transpose',
      `${name}.turn`,
      [net.op('Reshape', `${name}.split`, [net.linear(name, normed, width, width), split])],
      { perm },
    );
  };
  const scores = net.op('MatMul', 'scores', [head('q', [0, 2, 1, 3]), head('k', [0, 2, 3, 1])]);
  const mixed = net.op('MatMul', 'mix', [
    net.op('Softmax', 'softmax', [scores], { axis: -1 }),
    head('v', [0, 2, 1, 3]),
  ]);
  const joined = net.op('Reshape', 'join', [
    net.op('Transpose', 'join.turn', [mixed], { perm: [0, 2, 1, 3] }),
    net.ints('join.s', [0, 0, width]),
  ]);
  const attended = net.op('Add', 'add1', [net.linear('out', joined, width, width), input]);
  const hidden = net.op('Gelu', 'gelu', [net.linear('up', normalize('norm2', attended), width, 12)]);
  const result = net.op('Add', 'add2', [net.linear('down', hidden, 12, width), attended]);
  const pooled = net.op('ReduceMean', 'pool', [result, net.ints('pool.axes', [1])], { keepdims: 0 });
  net.op('Gemm', 'fc', [pooled, net.weight('fc.w', [width, 5]), net.weight('fc.b', [5])], {}, ['y']);
  return net.model({ x: ['float32', [1, 3, 8, 8]] }, { y: ['float32', [1, 5]] }, { opset: 20 });
}

/** A bidirectional LSTM on what a convolution makes of a signal, with a GRU after it. */
export function recurrent(): Model {
  const net = createLayers();
  const parameters = [net.weight('enc.w', [6, 1, 5]), net.weight('enc.b', [6])];
  const encoded = net.op('Conv', 'enc', ['x', ...parameters], { kernel_shape: [5], pads: [2, 2] });
  const sequence = net.op('Transpose', 'steps', [encoded], { perm: [2, 0, 1] });
  const recur = (name: string, kind: string, from: string, sizes: readonly [number, number, number]): string => {
    const [directions, inputs, hidden] = sizes;
    const gates = kind === 'LSTM' ? 4 : 3;
    const weights = [
      net.weight(`${name}.w`, [directions, gates * hidden, inputs]),
      net.weight(`${name}.r`, [directions, gates * hidden, hidden]),
      net.weight(`${name}.b`, [directions, 2 * gates * hidden]),
    ];
    const direction = directions === 2 ? 'bidirectional' : 'forward';
    const made = net.op(kind, name, [from, ...weights], { hidden_size: hidden, direction });
    const turned = net.op('Transpose', `${name}.turn`, [made], { perm: [0, 2, 1, 3] });
    return net.op('Reshape', `${name}.join`, [turned, net.ints(`${name}.s`, [0, 0, directions * hidden])]);
  };
  const first = recur('lstm', 'LSTM', sequence, [2, 6, 4]);
  const second = recur('gru', 'GRU', first, [1, 8, 3]);
  net.op('MatMul', 'fc', [second, net.weight('fc.w', [3, 5])], {}, ['y']);
  return net.model({ x: ['float32', [1, 1, 7]] }, { y: ['float32', [7, 1, 5]] });
}
