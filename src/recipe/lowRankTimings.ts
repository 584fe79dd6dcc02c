import { intAttribute, makeNode } from '../onnx/attributes';
import type { Model } from '../onnx/model';
import type { NodeProto } from '../onnx/onnx_pb';
import type { TensorInfo } from '../onnx/tensorValue';
import type { LowRankContext } from '../prune/lowRank/factorise';
import { createLayerTimer } from './layerTimings';

/** Says whether two layers of a rank are faster than the one that they stand for, by timing both on their own. */
export function factorTimer(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  options: { readonly signal: AbortSignal },
): NonNullable<LowRankContext['isFaster']> {
  const timer = createLayerTimer(model, options);
  return async (node, { tensor, rows, columns }, rank) => {
    const rowsFirst = node.opType === 'Conv' || intAttribute(node, 'transB', 0) === 1;
    const kernel = tensor.dims.slice(2).map(Number);
    const weights = new Map<string, readonly number[]>([
      ['right', rowsFirst ? [rank, columns, ...kernel] : [columns, rank]],
      ['left', rowsFirst ? [rows, rank, ...kernel] : [rank, rows]],
    ]);
    const known = new Map(types);
    for (const [name, dims] of weights) known.set(name, { name, type: 'float32', dims });
    const [one, two] = await timer.time([
      { nodes: [node], types },
      { nodes: pairFor(node), types: known },
    ]);
    return one === undefined || two === undefined || two < one;
  };
}

function pairFor(node: NodeProto): NodeProto[] {
  const [input = '', , bias] = node.input;
  const first = makeNode(node.opType, 'first', [input, 'right'], ['between']);
  const second = makeNode(node.opType, 'second', ['between', 'left', ...(bias ? [bias] : [])], ['output']);
  first.attribute.push(...node.attribute.filter(({ name }) => name !== 'beta'));
  second.attribute.push(...node.attribute.filter(({ name }) => !['strides', 'auto_pad'].includes(name)));
  return [first, second];
}
