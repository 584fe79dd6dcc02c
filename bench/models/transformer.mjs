import { createNetwork } from './network.mjs';
import { tensor } from './onnxMessages.mjs';
import { bytesOf } from './randomWeights.mjs';

/** Weights are tiny: these models are for measuring how a large structure is read, laid out and drawn. */
const WIDTH = 8;
const HEADS = 2;
const INNER = 16;
const ONE = tensor('', [1], bytesOf(Float32Array.of(1)));

/**
 * Stacks of post-norm encoder layers with the shape arithmetic that exporters write out, and no inferred shapes:
 * 85 nodes and 102 edges a layer, and a tail of 15 nodes a stack. `input` [batch, sequence, 8] to `output` of the same.
 * 24 layers and 1 stack make 2,055 nodes; 5 such stacks make 10,275 nodes and 12,313 edges between nodes.
 *
 * @param {{ seed: number; layers: number; stacks: number; name: string }} options
 */
export function transformer({ seed, layers, stacks, name }) {
  const net = createNetwork({ seed });
  const axis = net.integers('axis', [0]);
  let x = 'input';
  for (let stack = 0; stack < stacks; stack++) {
    for (let layer = 0; layer < layers; layer++) x = encoderLayer(net, `stack${stack}/layers.${layer}`, x, axis);
    x = tail(net, `stack${stack}/tail`, x);
  }
  const dims = ['batch', 'sequence', WIDTH];
  return net.finish(name, { input: dims, outputs: [[x, dims]] });
}

function encoderLayer(net, name, x, axis) {
  const attended = attention(net, `${name}/self_attn`, x, axis);
  const first = layerNorm(net, `${name}/norm1`, net.op('Add', `/${name}/Add`, [x, attended]));
  const inner = gelu(net, `${name}/gelu`, linear(net, `${name}/linear1`, first, WIDTH, INNER));
  const scaled = scale(net, `${name}/dropout`, linear(net, `${name}/linear2`, inner, INNER, WIDTH));
  return layerNorm(net, `${name}/norm2`, net.op('Add', `/${name}/Add_1`, [first, scaled]));
}

function attention(net, name, x, axis) {
  const projected = linear(net, `${name}/in_proj`, x, WIDTH, 3 * WIDTH);
  const [q, k, v] = net.op('Split', `/${name}/Split`, [projected], { axis: -1 }, 3);
  const shape = net.op('Shape', `/${name}/Shape`, [q]);
  const [batch, sequence] = [0, 1].map((dim) => dimension(net, name, shape, dim, axis));
  const heads = net.constant(`/${name}/heads`, [HEADS]);
  const width = net.constant(`/${name}/width`, [WIDTH / HEADS]);
  const split = net.op('Concat', `/${name}/Concat`, [batch, sequence, heads, width], { axis: 0 });
  const head = (tensor, index, perm) => {
    const reshaped = net.op('Reshape', `/${name}/Reshape_${index}`, [tensor, split]);
    return net.op('Transpose', `/${name}/Transpose_${index}`, [reshaped], { perm });
  };
  const [query, key, values] = [head(q, 0, [0, 2, 1, 3]), head(k, 1, [0, 2, 3, 1]), head(v, 2, [0, 2, 1, 3])];
  const scores = net.op('Div', `/${name}/Div`, [
    net.op('MatMul', `/${name}/MatMul`, [query, key]),
    net.constant(`/${name}/root`, Math.sqrt(WIDTH / HEADS)),
  ]);
  const masked = net.op('Add', `/${name}/Add`, [scores, causalMask(net, `${name}/mask`, scores, axis)]);
  const shares = scale(net, `${name}/dropout`, net.op('Softmax', `/${name}/Softmax`, [masked], { axis: -1 }));
  const mixed = net.op('MatMul', `/${name}/MatMul_1`, [shares, values]);
  const turned = net.op('Transpose', `/${name}/Transpose_3`, [mixed], { perm: [0, 2, 1, 3] });
  const whole = net.constant(`/${name}/whole`, [WIDTH]);
  const joined = net.op('Concat', `/${name}/Concat_1`, [batch, sequence, whole], { axis: 0 });
  const merged = net.op('Reshape', `/${name}/Reshape_3`, [turned, joined]);
  return scale(net, `${name}/dropout_1`, linear(net, `${name}/out_proj`, merged, WIDTH, WIDTH));
}

/** One dimension of a shape as a list of one number. */
function dimension(net, name, shape, dim, axis) {
  const index = net.constant(`/${name}/index_${dim}`, dim, { isInteger: true });
  const size = net.op('Gather', `/${name}/Gather_${dim}`, [shape, index], { axis: 0 });
  return net.op('Unsqueeze', `/${name}/Unsqueeze_${dim}`, [size, axis]);
}

/** A large negative number above the diagonal of the scores, 0 elsewhere. */
function causalMask(net, name, scores, axis) {
  const shape = net.op('Shape', `/${name}/Shape`, [scores]);
  const sizes = [2, 3].map((dim) => dimension(net, name, shape, dim, axis));
  const joined = net.op('Concat', `/${name}/Concat`, sizes, { axis: 0 });
  const ones = net.op('ConstantOfShape', `/${name}/ConstantOfShape`, [joined], { value: { tensor: ONE } });
  const upper = net.op('Trilu', `/${name}/Trilu`, [ones], { upper: 1 });
  return net.op('Mul', `/${name}/Mul`, [upper, net.constant(`/${name}/low`, -10000)]);
}

function linear(net, name, x, inputs, outputs) {
  const weight = net.parameter(`${name}.weight`, [inputs, outputs], { deviation: 1 / Math.sqrt(inputs) });
  const bias = net.parameter(`${name}.bias`, [outputs], { deviation: 0.01 });
  return net.op('Add', `/${name}/Add`, [net.op('MatMul', `/${name}/MatMul`, [x, weight]), bias]);
}

function scale(net, name, x) {
  return net.op('Mul', `/${name}/Mul`, [x, net.constant(`/${name}/Constant`, 0.9)]);
}

function layerNorm(net, name, x) {
  const mean = net.op('ReduceMean', `/${name}/ReduceMean`, [x], { axes: [-1] });
  const centered = net.op('Sub', `/${name}/Sub`, [x, mean]);
  const squared = net.op('Pow', `/${name}/Pow`, [centered, net.constant(`/${name}/Constant`, 2)]);
  const variance = net.op('ReduceMean', `/${name}/ReduceMean_1`, [squared], { axes: [-1] });
  const safe = net.op('Add', `/${name}/Add`, [variance, net.constant(`/${name}/Constant_1`, 1e-5)]);
  const unit = net.op('Div', `/${name}/Div`, [centered, net.op('Sqrt', `/${name}/Sqrt`, [safe])]);
  const weight = net.parameter(`${name}.weight`, [WIDTH], { deviation: 1 });
  const bias = net.parameter(`${name}.bias`, [WIDTH], { deviation: 0.1 });
  return net.op('Add', `/${name}/Add_1`, [net.op('Mul', `/${name}/Mul`, [unit, weight]), bias]);
}

function gelu(net, name, x) {
  const divided = net.op('Div', `/${name}/Div`, [x, net.constant(`/${name}/Constant`, Math.SQRT2)]);
  const error = net.op('Erf', `/${name}/Erf`, [divided]);
  const shifted = net.op('Add', `/${name}/Add`, [error, net.constant(`/${name}/Constant_1`, 1)]);
  const product = net.op('Mul', `/${name}/Mul`, [x, shifted]);
  return net.op('Mul', `/${name}/Mul_1`, [product, net.constant(`/${name}/Constant_2`, 0.5)]);
}

/** 15 nodes after the layers of a stack. */
function tail(net, name, x) {
  let y = net.op('Relu', `/${name}/Relu`, [x]);
  y = net.op('Tanh', `/${name}/Tanh`, [linear(net, `${name}/linear1`, y, WIDTH, WIDTH)]);
  y = net.op('Div', `/${name}/Div`, [y, net.constant(`/${name}/Constant`, 2)]);
  y = net.op('Relu', `/${name}/Relu_1`, [linear(net, `${name}/linear2`, y, WIDTH, WIDTH)]);
  y = net.op('Mul', `/${name}/Mul`, [y, net.constant(`/${name}/Constant_1`, 0.5)]);
  y = net.op('Softmax', `/${name}/Softmax`, [linear(net, `${name}/linear3`, y, WIDTH, WIDTH)], { axis: -1 });
  return net.op('Log', `/${name}/Log`, [y]);
}
