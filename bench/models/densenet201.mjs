import { createNetwork } from './network.mjs';

const CLASSES = 1000;
const BLOCKS = [6, 12, 48, 32];
const GROWTH = 32;
const BOTTLENECK = 4 * GROWTH;

/**
 * A model of DenseNet-201's shape ("Densely Connected Convolutional Networks", 2017) as PyTorch 1.13 exports it before
 * training: 1,007 nodes, 389 of them Identity nodes of shared parameters, and 2,809 edges between nodes.
 *
 * @param {{ seed: number }} options
 */
export function densenet201({ seed }) {
  const net = createNetwork({ seed, share: true });
  const relu = (name, x) => net.op('Relu', `/${name.replaceAll('.', '/')}/Relu`, [x]);

  let x = relu('features.relu0', net.conv('features.conv0', 'input', { inputs: 3, outputs: 64, kernel: 7, stride: 2 }));
  x = net.op('MaxPool', '/features/pool0/MaxPool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] });
  let channels = 64;
  BLOCKS.forEach((layers, b) => {
    const block = `features.denseblock${b + 1}`;
    const path = `/features/denseblock${b + 1}`;
    const features = [x];
    for (let layer = 1; layer <= layers; layer++) {
      const name = `${block}.denselayer${layer}`;
      const joined = net.op('Concat', `${path}/denselayer${layer}/Concat`, features, { axis: 1 });
      const first = relu(`${name}.relu1`, net.norm(`${name}.norm1`, joined, channels));
      const inner = net.conv(`${name}.conv1`, first, { inputs: channels, outputs: BOTTLENECK });
      const second = relu(`${name}.relu2`, inner);
      features.push(net.conv(`${name}.conv2`, second, { inputs: BOTTLENECK, outputs: GROWTH, kernel: 3, bias: false }));
      channels += GROWTH;
    }
    x = net.op('Concat', `${path}/Concat`, features, { axis: 1 });
    if (b === BLOCKS.length - 1) return;
    const name = `features.transition${b + 1}`;
    x = relu(`${name}.relu`, net.norm(`${name}.norm`, x, channels));
    x = net.conv(`${name}.conv`, x, { inputs: channels, outputs: channels / 2, bias: false });
    channels /= 2;
    const pads = net.constant(`/features/transition${b + 1}/pool/Constant`, [0, 0, 0, 0, 0, 0, 0, 0]);
    x = net.op('Pad', `/features/transition${b + 1}/pool/Pad`, [x, pads]);
    x = net.op('AveragePool', `/features/transition${b + 1}/pool/AveragePool`, [x], {
      kernel_shape: [2, 2],
      strides: [2, 2],
    });
  });
  x = relu('features.relu5', net.norm('features.norm5', x, channels));
  net.classify(x, { inputs: channels, outputs: CLASSES });
  return net.finish('densenet201', { input: ['batch', 3, 224, 224], outputs: [['output', ['batch', CLASSES]]] });
}
