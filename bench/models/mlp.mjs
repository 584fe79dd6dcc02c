import { externalTensor, model, node, tensor, value } from './onnxMessages.mjs';
import { bytesOf, createWeights } from './randomWeights.mjs';

/** Random values that are made once and repeated: 475 million different ones would take a minute and show no more. */
const POOL_VALUES = 2 ** 22;
/** Where a layer's weights begin in the data file: a multiple of this, so that they can be memory-mapped. */
const ALIGNMENT = 4096;

/**
 * Layers of MatMul, Add and Relu, `width` wide: `input` [batch, width] to `output` [batch, width].
 *
 * With `dataFile` the matrices lie in that file, which `data` describes: parts with the offsets they start at.
 * A weight is He-initialised (fan in); each layer begins elsewhere in one pool of random values.
 *
 * @param {{ seed: number; layers: number; width: number; dataFile?: string }} options
 */
export function mlp({ seed, layers, width, dataFile }) {
  const graph = { nodes: [], initializers: [], inputs: [], outputs: [] };
  const weights = createWeights(seed);
  const pool = bytesOf(weights.normal(POOL_VALUES, Math.sqrt(2 / width)));
  const matrixBytes = 4 * width * width;
  const stride = Math.ceil(matrixBytes / ALIGNMENT) * ALIGNMENT;
  const data = [];

  graph.inputs.push(value('input', ['batch', width]));
  graph.outputs.push(value('output', ['batch', width]));
  let x = 'input';
  for (let layer = 0; layer < layers; layer++) {
    const name = `layers.${layer}`;
    const start = (4 * 65_537 * layer) % pool.length;
    const part = { length: matrixBytes, chunks: () => repeat(pool, start, matrixBytes) };
    if (dataFile === undefined) {
      graph.initializers.push(tensor(`${name}.weight`, [width, width], part));
    } else {
      const offset = layer * stride;
      const place = { location: dataFile, offset, length: matrixBytes };
      graph.initializers.push(externalTensor(`${name}.weight`, [width, width], place));
      data.push({ offset, part });
    }
    graph.initializers.push(tensor(`${name}.bias`, [width], bytesOf(weights.normal(width, 0.01))));

    const output = layer === layers - 1 ? 'output' : `/${name}/Relu_output_0`;
    graph.nodes.push(
      node('MatMul', `/${name}/MatMul`, [x, `${name}.weight`], [`/${name}/MatMul_output_0`]),
      node('Add', `/${name}/Add`, [`/${name}/MatMul_output_0`, `${name}.bias`], [`/${name}/Add_output_0`]),
      node('Relu', `/${name}/Relu`, [`/${name}/Add_output_0`], [output]),
    );
    x = output;
  }
  return { parts: model('mlp', graph), data };
}

/** Yields `length` bytes of `pool`, over and over, from `start` on. */
function* repeat(pool, start, length) {
  let position = start;
  for (let left = length; left > 0;) {
    const chunk = pool.subarray(position, Math.min(pool.length, position + left));
    yield chunk;
    left -= chunk.length;
    position = (position + chunk.length) % pool.length;
  }
}
