import { createNetwork } from './network.mjs';

const CLASSES = 80;
/** Bins in which a detector of this family predicts each side of a box. */
const BINS = 16;
const CELLS = [80 * 80, 40 * 40, 20 * 20];

/**
 * A one-stage detector of the YOLO family: blocks that split and join, spatial pyramid pooling, features merged from
 * coarse to fine and back, and heads at three scales. `input` [1, 3, 640, 640] to `output` [1, 84, 8400].
 *
 * @param {{ seed: number }} options
 */
export function yolo({ seed }) {
  const net = createNetwork({ seed });

  /** Convolution and SiLU, which exports as Sigmoid and Mul. */
  const conv = (name, x, shape) => {
    const path = `/${name.replaceAll('.', '/')}/act`;
    const y = net.conv(`${name}.conv`, x, shape);
    return net.op('Mul', `${path}/Mul`, [y, net.op('Sigmoid', `${path}/Sigmoid`, [y])]);
  };
  const concat = (name, tensors, axis = 1) => net.op('Concat', `/${name}/Concat`, tensors, { axis });
  const block = (name, x, { inputs, outputs, repeats, shortcut }) => {
    const half = outputs / 2;
    const path = name.replaceAll('.', '/');
    const parts = net.op('Split', `/${path}/Split`, [conv(`${name}.cv1`, x, { inputs, outputs })], { axis: 1 }, 2);
    const features = [...parts];
    for (let i = 0; i < repeats; i++) {
      const before = features[features.length - 1];
      const shape = { inputs: half, outputs: half, kernel: 3 };
      const inner = conv(`${name}.m.${i}.cv2`, conv(`${name}.m.${i}.cv1`, before, shape), shape);
      features.push(shortcut ? net.op('Add', `/${path}/m.${i}/Add`, [before, inner]) : inner);
    }
    return conv(`${name}.cv2`, concat(path, features), { inputs: half * features.length, outputs });
  };
  const down = (name, x, inputs, outputs) => conv(name, x, { inputs, outputs, kernel: 3, stride: 2 });
  const upsample = (name, x) => {
    const scales = net.parameter(`${name}.scales`, [4], { values: [1, 1, 2, 2] });
    return net.op('Resize', `/${name.replaceAll('.', '/')}/Resize`, [x, '', scales]);
  };

  let x = down('model.1', down('model.0', 'input', 3, 16), 16, 32);
  x = block('model.2', x, { inputs: 32, outputs: 32, repeats: 1, shortcut: true });
  const fine = block('model.4', down('model.3', x, 32, 64), { inputs: 64, outputs: 64, repeats: 2, shortcut: true });
  const middle = block('model.6', down('model.5', fine, 64, 128), {
    inputs: 128,
    outputs: 128,
    repeats: 2,
    shortcut: true,
  });
  x = block('model.8', down('model.7', middle, 128, 256), { inputs: 256, outputs: 256, repeats: 1, shortcut: true });
  const pyramid = [conv('model.9.cv1', x, { inputs: 256, outputs: 128 })];
  for (let i = 0; i < 3; i++) {
    const attributes = { kernel_shape: [5, 5], pads: [2, 2, 2, 2], strides: [1, 1] };
    pyramid.push(net.op('MaxPool', `/model/9/m_${i}/MaxPool`, [pyramid[i]], attributes));
  }
  const coarse = conv('model.9.cv2', concat('model/9', pyramid), { inputs: 512, outputs: 256 });

  x = concat('model/11', [upsample('model.10', coarse), middle]);
  const upper = block('model.12', x, { inputs: 384, outputs: 128, repeats: 1, shortcut: false });
  x = concat('model/14', [upsample('model.13', upper), fine]);
  const small = block('model.15', x, { inputs: 192, outputs: 64, repeats: 1, shortcut: false });
  x = concat('model/17', [down('model.16', small, 64, 64), upper]);
  const medium = block('model.18', x, { inputs: 192, outputs: 128, repeats: 1, shortcut: false });
  x = concat('model/20', [down('model.19', medium, 128, 128), coarse]);
  const large = block('model.21', x, { inputs: 384, outputs: 256, repeats: 1, shortcut: false });

  detect(net, { conv, concat }, [
    { x: small, inputs: 64 },
    { x: medium, inputs: 128 },
    { x: large, inputs: 256 },
  ]);
  const output = ['output', [1, 4 + CLASSES, CELLS.reduce((sum, cells) => sum + cells, 0)]];
  return net.finish('yolo', { input: [1, 3, 640, 640], outputs: [output] });
}

/** Heads at three scales, joined; the box sides are expectations over bins. */
function detect(net, { conv, concat }, scales) {
  const heads = scales.map(({ x, inputs }, i) => {
    const box = conv(`model.22.cv2.${i}.0`, x, { inputs, outputs: 64, kernel: 3 });
    const kind = conv(`model.22.cv3.${i}.0`, x, { inputs, outputs: 64, kernel: 3 });
    const boxes = net.conv(
      `model.22.cv2.${i}.2`,
      conv(`model.22.cv2.${i}.1`, box, { inputs: 64, outputs: 64, kernel: 3 }),
      { inputs: 64, outputs: 4 * BINS },
    );
    const classes = net.conv(
      `model.22.cv3.${i}.2`,
      conv(`model.22.cv3.${i}.1`, kind, { inputs: 64, outputs: 64, kernel: 3 }),
      { inputs: 64, outputs: CLASSES },
    );
    const joined = concat(`model/22/scale${i}`, [boxes, classes]);
    const shape = net.integers(`model.22.shape${i}`, [1, 4 * BINS + CLASSES, CELLS[i]]);
    return net.op('Reshape', `/model/22/Reshape_${i}`, [joined, shape]);
  });
  const all = concat('model/22', heads, 2);
  const sizes = net.integers('model.22.split', [4 * BINS, CLASSES]);
  const [sides, scores] = net.op('Split', '/model/22/Split', [all, sizes], { axis: 1 }, 2);
  const bins = net.op('Reshape', '/model/22/dfl/Reshape', [sides, net.integers('model.22.bins', [1, 4, BINS, -1])]);
  const turned = net.op('Transpose', '/model/22/dfl/Transpose', [bins], { perm: [0, 2, 1, 3] });
  const shares = net.op('Softmax', '/model/22/dfl/Softmax', [turned], { axis: 1 });
  const expected = net.conv('model.22.dfl.conv', shares, { inputs: BINS, outputs: 1 });
  const distances = net.op('Reshape', '/model/22/dfl/Reshape_1', [
    expected,
    net.integers('model.22.sides', [1, 4, -1]),
  ]);
  const halves = net.integers('model.22.halves', [2, 2]);
  const [near, far] = net.op('Split', '/model/22/Split_1', [distances, halves], { axis: 1 }, 2);
  const anchors = net.parameter('model.22.anchors', [1, 2, 8400], { deviation: 1 });
  const start = net.op('Sub', '/model/22/Sub', [anchors, near]);
  const end = net.op('Add', '/model/22/Add', [anchors, far]);
  const sum = net.op('Add', '/model/22/Add_1', [start, end]);
  const center = net.op('Div', '/model/22/Div', [sum, net.constant('/model/22/Constant', 2)]);
  const size = net.op('Sub', '/model/22/Sub_1', [end, start]);
  const strides = net.parameter('model.22.strides', [1, 1, 8400], { constant: 8 });
  const boxes = net.op('Mul', '/model/22/Mul', [concat('model/22/box', [center, size]), strides]);
  const likely = net.op('Sigmoid', '/model/22/Sigmoid', [scores]);
  net.output(concat('model/22/output', [boxes, likely]), 'output');
}
