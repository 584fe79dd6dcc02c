import type { Bounds } from '../../onnx/activationBounds';
import { mainGraph, type Model } from '../../onnx/model';
import { TensorProto_DataType as Type } from '../../onnx/onnx_pb';
import { tensorValueInfo } from '../../runtime/tensorTypes';
import { createGraphWriter, type GraphWriter } from '../graph/graphWriter';
import { adam, emptyModel } from '../optimisers/optimiserGraph';

/** A layer as a product of matrices, one for each of its groups. */
export interface RoundingShape {
  readonly groups: number;
  /** Inputs that one output of a group is a sum of. */
  readonly depth: number;
  /** Outputs of one group. */
  readonly outputs: number;
}

/** The rectified sigmoid reaches 0 and 1: it is stretched to [-0.1, 1.1] and clipped (Nagel et al., 2020). */
const STRETCH = { low: -0.1, high: 1.1 };

/** The value at which the rectified sigmoid gives `share`, which lies in [0, 1]. */
export function roundingStart(share: number): number {
  return -Math.log((STRETCH.high - STRETCH.low) / (share - STRETCH.low) - 1);
}

/**
 * One step of learning which weights of a layer are rounded up, as a model of ordinary operators (Nagel et al., Up or
 * Down? Adaptive Rounding for Post-Training Quantization, 2020). A weight is its lower level plus `step` times
 * h = clip(1.2 sigmoid(v) - 0.1, 0, 1). The loss is the squared error of the layer's outputs behind its activation
 * function, summed over outputs and averaged over `rows`, plus `pull` times the sum of 1 - |2h - 1|^beta.
 * Inputs: `variables`, `step`, and Adam's `first` and `second`, all groups x depth x outputs; `inputs`, groups x rows x
 * depth; `lower`, what the layer gives with all weights at their lower levels, and `wanted`, both groups x rows x outputs;
 * the scalars `errorScale` (of the squared error), `pull`, `beta`, `rate`, `correction1` and `correction2`.
 * Outputs: the first three vectors with a prime.
 */
export function buildRoundingStep(shape: RoundingShape, rows: number, bounds: Bounds | undefined): Model {
  const model = emptyModel();
  const writer = createGraphWriter(model, 'rounding/');
  const { op, float } = writer;
  const sigmoid = op('Sigmoid', ['variables']);
  const stretched = op('Add', [op('Mul', [sigmoid, float(STRETCH.high - STRETCH.low)]), float(STRETCH.low)]);
  const share = op('Clip', [stretched, float(0), float(1)]);
  const before = op('Add', ['lower', op('MatMul', ['inputs', op('Mul', ['step', share])])]);
  const after = bounds ? op('Clip', [before, float(bounds.low), float(bounds.high)]) : before;
  const error = op('Sub', [after, 'wanted']);
  const passed = bounds ? op('Mul', [error, within(writer, before, bounds)]) : error;
  const scaled = op('Mul', [passed, op('Mul', ['errorScale', float(2 / rows)])]);
  const transposed = op('Transpose', ['inputs'], { perm: [0, 2, 1] });
  const ofError = op('Mul', [op('MatMul', [transposed, scaled]), 'step']);
  // d/dh (1 - |2h - 1|^beta) = -2 beta sign(2h - 1) |2h - 1|^(beta - 1)
  const centred = op('Sub', [op('Mul', [share, float(2)]), float(1)]);
  const power = op('Pow', [op('Abs', [centred]), op('Sub', ['beta', float(1)])]);
  const factor = op('Mul', [op('Mul', ['pull', 'beta']), float(-2)]);
  const ofPull = op('Mul', [op('Mul', [op('Sign', [centred]), power]), factor]);
  const slope = op('Mul', [
    sigmoid,
    op('Sub', [float(STRETCH.high - STRETCH.low), op('Mul', [sigmoid, float(STRETCH.high - STRETCH.low)])]),
  ]);
  const moves = op('Mul', [slope, within(writer, stretched, { low: 0, high: 1 })]);
  const update = adam(writer, op('Mul', [op('Add', [ofError, ofPull]), moves]));
  writer.named(op('Sub', ['variables', op('Mul', ['rate', update])]), `variables'`);
  const { groups, depth, outputs } = shape;
  const weight = [groups, depth, outputs];
  const graph = mainGraph(model);
  const declare = (names: readonly string[], dims: readonly number[]) =>
    names.map((name) => tensorValueInfo(name, Type.FLOAT, dims));
  graph.input.push(
    ...declare(['variables', 'step', 'first', 'second'], weight),
    ...declare(['inputs'], [groups, rows, depth]),
    ...declare(['lower', 'wanted'], [groups, rows, outputs]),
    ...declare(['errorScale', 'pull', 'beta', 'rate', 'correction1', 'correction2'], []),
  );
  graph.output.push(...declare([`variables'`, `first'`, `second'`], weight));
  return model;
}

/**
 * The outputs of a layer after its weights changed, as a model: `base` + `inputs` x `change`, with the shapes of
 * {@link buildRoundingStep}, as `outputs`.
 */
export function buildOutputChange({ groups, depth, outputs }: RoundingShape, rows: number): Model {
  const model = emptyModel();
  const writer = createGraphWriter(model, 'change/');
  writer.named(writer.op('Add', ['base', writer.op('MatMul', ['inputs', 'change'])]), 'outputs');
  const graph = mainGraph(model);
  graph.input.push(
    tensorValueInfo('base', Type.FLOAT, [groups, rows, outputs]),
    tensorValueInfo('inputs', Type.FLOAT, [groups, rows, depth]),
    tensorValueInfo('change', Type.FLOAT, [groups, depth, outputs]),
  );
  graph.output.push(tensorValueInfo('outputs', Type.FLOAT, [groups, rows, outputs]));
  return model;
}

/** 1 where a value lies between the bounds, else 0. */
function within({ op, float }: GraphWriter, values: string, { low, high }: Bounds): string {
  const inside = op('And', [op('Greater', [values, float(low)]), op('Less', [values, float(high)])]);
  return op('Cast', [inside], { to: Type.FLOAT });
}
