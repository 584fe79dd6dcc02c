import { intAttribute } from './attributes';
import { isConstant, isStandard } from './graphIndex';
import { graphsOf, mainGraph, type Model } from './model';
import { TensorProto_DataType as Type, type GraphProto, type NodeProto } from './onnx_pb';

/**
 * True when a model computes in float16. Weights that are only stored in it, each behind a Cast to another type, do not
 * count: ONNX Runtime restores them when it loads the model.
 */
export function computesInHalf(model: Model): boolean {
  return [...graphsOf(mainGraph(model))].some(isHalfGraph);
}

function isHalfGraph(graph: GraphProto): boolean {
  const isHalfInput = graph.input.some(
    ({ type }) => type?.value.case === 'tensorType' && type.value.value.elemType === Type.FLOAT16.valueOf(),
  );
  if (isHalfInput) return true;
  const stored = new Set(graph.initializer.filter(({ dataType }) => dataType === Type.FLOAT16).map(({ name }) => name));
  for (const node of graph.node) if (isHalfConstant(node)) stored.add(node.output[0] ?? '');
  return graph.node.some((node) => {
    const isCast = node.opType === 'Cast' && isStandard(node);
    return isCast
      ? intAttribute(node, 'to', 0) === Type.FLOAT16.valueOf()
      : node.input.some((name) => stored.has(name));
  });
}

function isHalfConstant(node: NodeProto): boolean {
  return isConstant(node) && node.attribute.some(({ t }) => t?.dataType === Type.FLOAT16);
}
