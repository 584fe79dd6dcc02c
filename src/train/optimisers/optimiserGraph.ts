import { create } from '@bufbuild/protobuf';
import { mainGraph, type Model } from '../../onnx/model';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType as Type,
} from '../../onnx/onnx_pb';
import { tensorValueInfo } from '../../runtime/tensorTypes';
import type { OptimizerName } from '../../protocol';
import { createGraphWriter, type GraphWriter } from '../graph/graphWriter';

/** What an optimiser computes with, all weights of a model being one vector. */
export interface OptimiserSettings {
  readonly optimizer: OptimizerName;
  /** Of SGD. Default 0.9. */
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** Of Adam and AdamW. Default 0.9 and 0.999. */
  readonly betas?: readonly [number, number];
  /** Of Adam and AdamW. Default 1e-8. */
  readonly epsilon?: number;
  /** Gradients of a greater norm are scaled to it; 0 or absent is no limit. */
  readonly clipNorm?: number;
  /** Decay of the moving average of the weights. */
  readonly averageDecay?: number;
  /** True when some weights are held at zero: adds the input `mask` of 0 and 1. */
  readonly masked?: boolean;
}

/** The names of the vectors that an optimiser carries from step to step, besides the weights. */
export function optimiserSlots({ optimizer, averageDecay }: OptimiserSettings): readonly string[] {
  return [
    ...(optimizer === 'sgd' ? ['momentum'] : ['first', 'second']),
    ...(averageDecay === undefined ? [] : ['average']),
  ];
}

/** What a step of the optimiser takes and gives. */
const PREFIX = 'optimiser/';

/**
 * One step of an optimiser as a model of ordinary operators over vectors of `size` elements.
 * Inputs: `weights`, `gradients`, `rate` (one learning rate a weight), `decay` (one weight decay a weight), the slots,
 * `mask` where asked for, and for Adam the scalars `correction1` and `correction2`, `1 - beta^t` of step t from 1.
 * Outputs: `weights'` and each slot with a prime, and `norm`, the gradients' Euclidean norm before clipping.
 * SGD adds weight decay to the gradient and has its momentum as PyTorch does: v = m v + g, w = w - rate v, or with
 * Nesterov w = w - rate (g + m v). Adam (Kingma and Ba, 2015) adds it to the gradient, AdamW (Loshchilov and Hutter,
 * 2019) takes rate * decay off the weights.
 */
export function buildOptimiser(settings: OptimiserSettings, size: number): Model {
  const model = emptyModel();
  const writer = createGraphWriter(model, PREFIX);
  const { op, float } = writer;
  const slots = optimiserSlots(settings);
  const norm = writer.named(op('ReduceL2', ['gradients'], { keepdims: 0 }), 'norm');
  const clipped = clip(writer, norm, settings.clipNorm);
  const decayed = settings.optimizer === 'adamw' ? clipped : op('Add', [clipped, op('Mul', ['decay', 'weights'])]);
  const update = settings.optimizer === 'sgd' ? sgd(writer, settings, decayed) : adam(writer, decayed, settings);
  let weights = op('Sub', ['weights', op('Mul', ['rate', update])]);
  if (settings.optimizer === 'adamw') {
    weights = op('Sub', [weights, op('Mul', [op('Mul', ['rate', 'decay']), 'weights'])]);
  }
  if (settings.masked) weights = op('Mul', [weights, 'mask']);
  writer.named(weights, `weights'`);
  if (settings.averageDecay !== undefined) {
    const kept = op('Mul', ['average', float(settings.averageDecay)]);
    writer.named(op('Add', [kept, op('Mul', [weights, float(1 - settings.averageDecay)])]), `average'`);
  }
  const vectors = ['weights', 'gradients', 'rate', 'decay', ...slots, ...(settings.masked ? ['mask'] : [])];
  const scalars = settings.optimizer === 'sgd' ? [] : ['correction1', 'correction2'];
  const graph = mainGraph(model);
  graph.input.push(...vectors.map((name) => tensorValueInfo(name, Type.FLOAT, [size])));
  graph.input.push(...scalars.map((name) => tensorValueInfo(name, Type.FLOAT, [])));
  graph.output.push(...['weights', ...slots].map((name) => tensorValueInfo(`${name}'`, Type.FLOAT, [size])));
  graph.output.push(tensorValueInfo('norm', Type.FLOAT, []));
  return model;
}

function clip({ op, float }: GraphWriter, norm: string, clipNorm: number | undefined): string {
  if (clipNorm === undefined || clipNorm === 0) return 'gradients';
  // As PyTorch has it, so that a gradient of zero stays one.
  const factor = op('Div', [float(clipNorm), op('Add', [norm, float(1e-6)])]);
  return op('Mul', ['gradients', op('Min', [factor, float(1)])]);
}

function sgd(writer: GraphWriter, { momentum = 0.9, nesterov = false }: OptimiserSettings, gradients: string): string {
  const { op, float } = writer;
  const velocity = op('Add', [op('Mul', ['momentum', float(momentum)]), gradients]);
  writer.named(velocity, `momentum'`);
  return nesterov ? op('Add', [gradients, op('Mul', [velocity, float(momentum)])]) : velocity;
}

/**
 * What Adam takes off the weights, before the learning rate. Reads `first`, `second`, `correction1` and `correction2`,
 * and writes the moving averages with a prime.
 */
export function adam(
  writer: GraphWriter,
  gradients: string,
  { betas: [beta1, beta2] = [0.9, 0.999], epsilon = 1e-8 }: Pick<OptimiserSettings, 'betas' | 'epsilon'> = {},
): string {
  const { op, float } = writer;
  const first = op('Add', [op('Mul', ['first', float(beta1)]), op('Mul', [gradients, float(1 - beta1)])]);
  const squares = op('Mul', [gradients, gradients]);
  const second = op('Add', [op('Mul', ['second', float(beta2)]), op('Mul', [squares, float(1 - beta2)])]);
  writer.named(first, `first'`);
  writer.named(second, `second'`);
  const root = op('Sqrt', [op('Div', [second, 'correction2'])]);
  return op('Div', [op('Div', [first, 'correction1']), op('Add', [root, float(epsilon)])]);
}

/** A model without nodes, of the operator set that graphs of training are written in. */
export function emptyModel(): Model {
  const proto = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'ONNX Press',
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: 17n })],
    graph: create(GraphProtoSchema, { name: 'optimiser' }),
  });
  return { proto, weights: new Map() };
}
