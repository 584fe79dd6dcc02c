import { integerTensor, model, node, tensor, value } from './onnxMessages.mjs';
import { bytesOf, createWeights } from './randomWeights.mjs';

const EPSILON = 1e-5;

/** @typedef {ReturnType<typeof createNetwork>} Network */

/**
 * Builds a graph node by node. Weights are random with a fixed seed, He-initialised (fan out) where they convolve.
 *
 * With `share`, parameters that are all zeros or all ones exist once for each size, and whoever else needs one gets
 * it through an Identity node in front of the graph: so does torch.onnx.export of PyTorch 1.13.
 *
 * @param {{ seed: number; share?: boolean }} options
 */
export function createNetwork({ seed, share = false }) {
  const weights = createWeights(seed);
  const initializers = [];
  const identities = [];
  const nodes = [];
  const shared = new Map();

  /** Adds a node; returns the name of its output, or the names if there are several. */
  function op(operator, name, inputs, attributes = {}, outputCount = 1) {
    const outputs = Array.from({ length: outputCount }, (_, i) => `${name}_output_${i}`);
    nodes.push(node(operator, name, inputs, outputs, attributes));
    return outputCount === 1 ? outputs[0] : outputs;
  }

  /** A parameter: given values, normal with a deviation, or all equal to `constant`. */
  function parameter(name, dims, { values: given, deviation = 0, constant = 0 }) {
    const count = dims.reduce((product, dim) => product * dim, 1);
    const key = deviation === 0 ? `${constant} x ${count}` : undefined;
    if (share && !given && key !== undefined) {
      const first = shared.get(key);
      if (first !== undefined) {
        identities.push(node('Identity', `Identity_${identities.length}`, [first], [name]));
        return name;
      }
      shared.set(key, name);
    }
    const drawn = deviation > 0 ? weights.normal(count, deviation) : new Float32Array(count).fill(constant);
    const values = given ? Float32Array.from(given) : drawn;
    initializers.push(tensor(name, dims, bytesOf(values)));
    return name;
  }

  return {
    op,
    parameter,

    /** A convolution, with a bias where batch normalization is folded into it; `name` is that of its module. */
    conv(name, x, { inputs, outputs, kernel = 1, stride = 1, groups = 1, bias = true }) {
      const deviation = Math.sqrt((2 * groups) / (outputs * kernel * kernel));
      const pad = (kernel - 1) >> 1;
      const parameters = [
        parameter(`${name}.weight`, [outputs, inputs / groups, kernel, kernel], { deviation }),
        ...(bias ? [parameter(`${name}.bias`, [outputs], share ? {} : { deviation: 0.1 })] : []),
      ];
      return op('Conv', `/${name.replaceAll('.', '/')}/Conv`, [x, ...parameters], {
        dilations: [1, 1],
        group: groups,
        kernel_shape: [kernel, kernel],
        pads: [pad, pad, pad, pad],
        strides: [stride, stride],
      });
    },

    /** A batch normalization as it is before training: scale 1, bias 0, mean 0, variance 1. */
    norm(name, x, channels) {
      const parameters = [
        parameter(`${name}.weight`, [channels], { constant: 1 }),
        parameter(`${name}.bias`, [channels], {}),
        parameter(`${name}.running_mean`, [channels], {}),
        parameter(`${name}.running_var`, [channels], { constant: 1 }),
      ];
      const attributes = { epsilon: { float: EPSILON } };
      return op(
        'BatchNormalization',
        `/${name.replaceAll('.', '/')}/BatchNormalization`,
        [x, ...parameters],
        attributes,
      );
    },

    /** The classifier of an image network: global average, Flatten, Gemm; its output is the graph's. */
    classify(x, { inputs, outputs }) {
      const pooled = op('GlobalAveragePool', '/avgpool/GlobalAveragePool', [x]);
      const flat = op('Flatten', '/Flatten', [pooled], { axis: 1 });
      const parameters = [
        parameter('classifier.weight', [outputs, inputs], { deviation: 1 / Math.sqrt(inputs) }),
        parameter('classifier.bias', [outputs], { deviation: 0.01 }),
      ];
      nodes.push(node('Gemm', '/classifier/Gemm', [flat, ...parameters], ['output'], { transB: 1 }));
    },

    /** A Constant node: a list of integers, or a single number. */
    constant(name, content, { isInteger = false } = {}) {
      const single = isInteger
        ? integerTensor('', [], [content].flat())
        : tensor('', [], bytesOf(Float32Array.of(content)));
      const payload = Array.isArray(content) ? integerTensor('', [content.length], content) : single;
      return op('Constant', name, [], { value: { tensor: payload } });
    },

    /** An initializer of integers: axes, shapes. */
    integers(name, values) {
      initializers.push(integerTensor(name, [values.length], values));
      return name;
    },

    /** The model, from `input` to `outputs`, each a name and its dimensions; Identity nodes of shared parameters first. */
    finish(name, { input, outputs }) {
      const graph = {
        nodes: [...identities, ...nodes],
        initializers,
        inputs: [value('input', input)],
        outputs: outputs.map(([output, dims]) => value(output, dims)),
      };
      return model(name, graph);
    },

    /** Gives a tensor a name of the graph's outputs. */
    output(from, to) {
      nodes.push(node('Identity', `/${to}/Identity`, [from], [to]));
    },
  };
}
