import { createNetwork } from './network.mjs';

const CLASSES = 1000;
/** Output channels of the four branches: 1x1; reduction and 3x3; reduction and 5x5; pool and 1x1. */
const MODULES = [
  { name: 'inception3a', branches: [64, [96, 128], [16, 32], 32] },
  { name: 'inception3b', branches: [128, [128, 192], [32, 96], 64], pool: true },
  { name: 'inception4a', branches: [192, [96, 208], [16, 48], 64] },
  { name: 'inception4b', branches: [160, [112, 224], [24, 64], 64] },
  { name: 'inception4c', branches: [128, [128, 256], [24, 64], 64] },
  { name: 'inception4d', branches: [112, [144, 288], [32, 64], 64] },
  { name: 'inception4e', branches: [256, [160, 320], [32, 128], 128], pool: true },
  { name: 'inception5a', branches: [256, [160, 320], [32, 128], 128] },
  { name: 'inception5b', branches: [384, [192, 384], [48, 128], 128] },
];

/**
 * A model of GoogLeNet's shape ("Going Deeper with Convolutions", 2014) without the auxiliary classifiers.
 *
 * @param {{ seed: number }} options
 */
export function googlenet({ seed }) {
  const net = createNetwork({ seed });
  const pool = (name, x, stride) =>
    net.op('MaxPool', `/${name}/MaxPool`, [x], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
      strides: [stride, stride],
    });
  const convRelu = (name, x, shape) => net.op('Relu', `/${name.replaceAll('.', '/')}/Relu`, [net.conv(name, x, shape)]);

  let x = pool('maxpool1', convRelu('conv1', 'input', { inputs: 3, outputs: 64, kernel: 7, stride: 2 }), 2);
  x = convRelu('conv2', x, { inputs: 64, outputs: 64 });
  x = pool('maxpool2', convRelu('conv3', x, { inputs: 64, outputs: 192, kernel: 3 }), 2);
  let inputs = 192;
  for (const { name, branches, pool: isPooled } of MODULES) {
    const [direct, [narrow3, wide3], [narrow5, wide5], pooled] = branches;
    const first = convRelu(`${name}.branch1`, x, { inputs, outputs: direct });
    let second = convRelu(`${name}.branch2.0`, x, { inputs, outputs: narrow3 });
    second = convRelu(`${name}.branch2.1`, second, { inputs: narrow3, outputs: wide3, kernel: 3 });
    let third = convRelu(`${name}.branch3.0`, x, { inputs, outputs: narrow5 });
    third = convRelu(`${name}.branch3.1`, third, { inputs: narrow5, outputs: wide5, kernel: 5 });
    const fourth = convRelu(`${name}.branch4.1`, pool(`${name}/branch4/0`, x, 1), { inputs, outputs: pooled });
    x = net.op('Concat', `/${name}/Concat`, [first, second, third, fourth], { axis: 1 });
    inputs = direct + wide3 + wide5 + pooled;
    if (isPooled) x = pool(name, x, 2);
  }
  net.classify(x, { inputs, outputs: CLASSES });
  return net.finish('googlenet', { input: ['batch', 3, 224, 224], outputs: [['output', ['batch', CLASSES]]] });
}
