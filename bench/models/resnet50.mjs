import { createNetwork } from './network.mjs';

const CLASSES = 1000;
const STAGES = [
  { width: 64, blocks: 3 },
  { width: 128, blocks: 4 },
  { width: 256, blocks: 6 },
  { width: 512, blocks: 3 },
];
const EXPANSION = 4;

/**
 * A model of ResNet-50's shape ("Deep Residual Learning for Image Recognition", 2015) as PyTorch 1.13 exports it
 * before training: 169 nodes, 47 of them Identity nodes of shared biases.
 *
 * @param {{ seed: number }} options
 */
export function resnet50({ seed }) {
  const net = createNetwork({ seed, share: true });
  const relu = (name, x) => net.op('Relu', `/${name}/Relu`, [x]);

  let x = relu('relu', net.conv('conv1', 'input', { inputs: 3, outputs: 64, kernel: 7, stride: 2 }));
  x = net.op('MaxPool', '/maxpool/MaxPool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] });
  let inputs = 64;
  STAGES.forEach(({ width, blocks }, stage) => {
    const outputs = EXPANSION * width;
    for (let block = 0; block < blocks; block++) {
      const name = `layer${stage + 1}.${block}`;
      const path = `layer${stage + 1}/${block}`;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      let inner = relu(`${path}/relu`, net.conv(`${name}.conv1`, x, { inputs, outputs: width }));
      inner = net.conv(`${name}.conv2`, inner, { inputs: width, outputs: width, kernel: 3, stride });
      inner = net.conv(`${name}.conv3`, relu(`${path}/relu_1`, inner), { inputs: width, outputs });
      const shortcut = block > 0 ? x : net.conv(`${name}.downsample.0`, x, { inputs, outputs, stride });
      x = relu(`${path}/relu_2`, net.op('Add', `/${path}/Add`, [inner, shortcut]));
      inputs = outputs;
    }
  });
  net.classify(x, { inputs, outputs: CLASSES });
  return net.finish('resnet50', { input: ['batch', 3, 224, 224], outputs: [['output', ['batch', CLASSES]]] });
}
