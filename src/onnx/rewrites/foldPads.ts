import { intsAttribute, removeAttribute, setAttribute, stringAttribute } from '../attributes';
import { indexGraph, type GraphIndex } from '../graphIndex';
import type { Model } from '../model';
import { TensorProto_DataType as Type, type NodeProto } from '../onnx_pb';
import { readFloats, readInts } from '../tensor';
import { dropUnused, isOperator, removeNodes, soleConsumer } from './editGraph';
import type { Pass } from './pass';

/**
 * Adds a zero `Pad` of the spatial dimensions to the pads of the only `Conv` that reads it: `Pad` has no integer kernel.
 */
export const foldPads: Pass = {
  name: 'Pad into Conv',
  exact: false,
  apply(model) {
    const index = indexGraph(model);
    const folded = new Set<NodeProto>();
    for (const node of index.graph.node) {
      if (!isOperator(node, 'Pad')) continue;
      const conv = soleConsumer(index, node.output[0]);
      if (!isOperator(conv, 'Conv') || conv.input[0] !== node.output[0]) continue;
      const pads = spatialZeroPads(model, index, node);
      const padding = stringAttribute(conv, 'auto_pad', 'NOTSET');
      if (!pads || !['NOTSET', 'VALID'].includes(padding)) continue;
      const own = padding === 'VALID' ? [] : (intsAttribute(conv, 'pads') ?? []);
      removeAttribute(conv, 'auto_pad');
      setAttribute(
        conv,
        'pads',
        pads.map((pad, i) => pad + (own[i] ?? 0)),
      );
      conv.input[0] = node.input[0] ?? '';
      folded.add(node);
    }
    removeNodes(index.graph, folded);
    if (folded.size > 0) dropUnused(model);
    return folded.size;
  },
};

/** Pads of the spatial dimensions (all begins, then all ends) if the node adds zeros there and nowhere else. */
function spatialZeroPads(model: Model, index: GraphIndex, node: NodeProto): number[] | undefined {
  if (stringAttribute(node, 'mode', 'constant') !== 'constant' || node.input[3]) return undefined;
  const amounts = index.constants.get(node.input[1] ?? '');
  if (!amounts) return undefined;
  if (node.input[2]) {
    const value = index.constants.get(node.input[2]);
    if (value?.dataType !== Type.FLOAT || readFloats(model, value)[0] !== 0) return undefined;
  }
  const pads = readInts(model, amounts);
  const rank = pads.length / 2;
  const isOuter = (i: number): boolean => i % rank < 2;
  if (pads.some((pad, i) => pad < 0 || (isOuter(i) && pad !== 0))) return undefined;
  return pads.filter((_, i) => !isOuter(i));
}
