import { createNetwork } from './network.mjs';

const CLASSES = 1000;
/** Expansion, output channels, repeats and first stride of each stage. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];
const LAST = 1280;

/**
 * A model of MobileNetV2's shape ("MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018), batch normalization
 * folded: depthwise convolutions between two pointwise ones, Clip to 0..6, residual additions.
 *
 * @param {{ seed: number }} options
 */
export function mobilenetv2({ seed }) {
  const net = createNetwork({ seed });
  const low = net.parameter('relu6.min', [], { values: [0] });
  const high = net.parameter('relu6.max', [], { values: [6] });
  const relu6 = (name, x) => net.op('Clip', `/${name}/Clip`, [x, low, high]);

  let inputs = 32;
  let x = relu6('features.0', net.conv('features.0.0', 'input', { inputs: 3, outputs: inputs, kernel: 3, stride: 2 }));
  let index = 1;
  for (const [expansion, outputs, repeats, firstStride] of STAGES) {
    for (let block = 0; block < repeats; block++, index++) {
      const name = `features.${index}`;
      const stride = block === 0 ? firstStride : 1;
      const width = inputs * expansion;
      let inner = x;
      if (expansion > 1) inner = relu6(`${name}.0`, net.conv(`${name}.expand`, inner, { inputs, outputs: width }));
      const depthwise = { inputs: width, outputs: width, kernel: 3, stride, groups: width };
      inner = relu6(`${name}.1`, net.conv(`${name}.depthwise`, inner, depthwise));
      inner = net.conv(`${name}.project`, inner, { inputs: width, outputs });
      x = stride === 1 && inputs === outputs ? net.op('Add', `/${name}/Add`, [x, inner]) : inner;
      inputs = outputs;
    }
  }
  x = relu6('features.18', net.conv('features.18.0', x, { inputs, outputs: LAST }));
  net.classify(x, { inputs: LAST, outputs: CLASSES });
  return net.finish('mobilenetv2', { input: ['batch', 3, 224, 224], outputs: [['output', ['batch', CLASSES]]] });
}
