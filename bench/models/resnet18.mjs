import { model, node, tensor, value } from './onnxMessages.mjs';
import { bytesOf, createWeights } from './randomWeights.mjs';

const CLASSES = 1000;
const EPSILON = 1e-5;
/** Channels of the four stages; each has two blocks, and all but the first halve the image. */
const STAGES = [64, 128, 256, 512];

/**
 * A model of ResNet-18's shape ("Deep Residual Learning for Image Recognition", 2015; parameters named like
 * torchvision's) with random weights: `input` [batch, 3, 224, 224] to `output` [batch, 1000].
 *
 * Convolutions are He-initialised (fan out); batch normalization has statistics that differ by channel.
 * With `fold` it is folded into the convolutions, as torch.onnx.export does by default; both variants compute the
 * same function, up to rounding.
 *
 * @param {{ seed: number; fold: boolean }} options
 */
export function resnet18({ seed, fold }) {
  const graph = { nodes: [], initializers: [], inputs: [], outputs: [] };
  const build = { graph, fold, weights: createWeights(seed) };
  graph.inputs.push(value('input', ['batch', 3, 224, 224]));
  graph.outputs.push(value('output', ['batch', CLASSES]));

  let x = relu(build, convolution(build, 'conv1', 'bn1', 'input', { inputs: 3, outputs: 64, kernel: 7, stride: 2 }));
  x = add(build, 'MaxPool', '/maxpool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] });
  let inputs = 64;
  STAGES.forEach((outputs, stage) => {
    for (const block of [0, 1]) {
      x = residualBlock(build, `layer${stage + 1}.${block}`, x, {
        inputs,
        outputs,
        stride: stage > 0 && !block ? 2 : 1,
      });
      inputs = outputs;
    }
  });
  x = add(build, 'GlobalAveragePool', '/avgpool', [x]);
  x = add(build, 'Flatten', '/flatten', [x], { axis: 1 });

  const bound = 1 / Math.sqrt(inputs);
  initializer(build, 'fc.weight', [CLASSES, inputs], build.weights.uniform(CLASSES * inputs, -bound, bound));
  initializer(build, 'fc.bias', [CLASSES], build.weights.uniform(CLASSES, -bound, bound));
  graph.nodes.push(node('Gemm', '/fc/Gemm', [x, 'fc.weight', 'fc.bias'], ['output'], { transB: 1 }));
  return model(fold ? 'resnet18' : 'resnet18-bn', graph);
}

function residualBlock(build, name, x, { inputs, outputs, stride }) {
  const inner = convolution(build, `${name}.conv1`, `${name}.bn1`, x, { inputs, outputs, kernel: 3, stride });
  const shape = { inputs: outputs, outputs, kernel: 3, stride: 1 };
  const branch = convolution(build, `${name}.conv2`, `${name}.bn2`, relu(build, inner), shape);
  const shortcut =
    inputs === outputs
      ? x
      : convolution(build, `${name}.downsample.0`, `${name}.downsample.1`, x, { inputs, outputs, kernel: 1, stride });
  return relu(build, add(build, 'Add', `/${name}/Add`, [branch, shortcut]));
}

/** Convolution and batch normalization, the latter folded if the build says so; returns the output's name. */
function convolution(build, name, normName, x, { inputs, outputs, kernel, stride }) {
  const { weights, fold } = build;
  const perOutput = inputs * kernel * kernel;
  const weight = weights.normal(outputs * perOutput, Math.sqrt(2 / (outputs * kernel * kernel)));
  const norm = {
    weight: weights.uniform(outputs, 0.5, 1.5),
    bias: weights.normal(outputs, 0.1),
    running_mean: weights.normal(outputs, 0.1),
    running_var: weights.uniform(outputs, 0.5, 2),
  };
  const pad = (kernel - 1) / 2;
  const attributes = { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride] };
  const dims = [outputs, inputs, kernel, kernel];
  if (!fold) {
    initializer(build, `${name}.weight`, dims, weight);
    const convolved = add(build, 'Conv', `/${name}/Conv`, [x, `${name}.weight`], attributes);
    for (const [key, values] of Object.entries(norm)) initializer(build, `${normName}.${key}`, [outputs], values);
    const parameters = Object.keys(norm).map((key) => `${normName}.${key}`);
    return add(build, 'BatchNormalization', `/${normName}/BatchNormalization`, [convolved, ...parameters], {
      epsilon: { float: EPSILON },
    });
  }
  const factor = norm.weight.map((gamma, channel) => gamma / Math.sqrt(norm.running_var[channel] + EPSILON));
  const bias = norm.bias.map((beta, channel) => beta - norm.running_mean[channel] * factor[channel]);
  const folded = weight.map((w, index) => w * factor[Math.floor(index / perOutput)]);
  initializer(build, `${name}.weight`, dims, folded);
  initializer(build, `${name}.bias`, [outputs], bias);
  return add(build, 'Conv', `/${name}/Conv`, [x, `${name}.weight`, `${name}.bias`], attributes);
}

function relu(build, x) {
  return add(build, 'Relu', `${x.replace(/_output_0$/, '')}/Relu`, [x]);
}

function add({ graph }, op, name, inputs, attributes) {
  const output = `${name}_output_0`;
  graph.nodes.push(node(op, name, inputs, [output], attributes));
  return output;
}

function initializer({ graph }, name, dims, values) {
  graph.initializers.push(tensor(name, dims, bytesOf(values)));
}
