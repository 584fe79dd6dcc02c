import { create } from '@bufbuild/protobuf';
import { isConstant } from '../graphIndex';
import { graphsOf, mainGraph } from '../model';
import {
  TensorProto_DataType as Type,
  TensorProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
} from '../onnx_pb';
import { removeNodes } from './editGraph';
import type { Pass } from './pass';

/**
 * Turns `Constant` nodes into initializers, in subgraphs too: exporters such as Paddle's keep all weights in them.
 * A constant that is itself an output of its graph stays a node, and so do sparse and string constants.
 */
export const constantsToInitializers: Pass = {
  name: 'constants to initializers',
  exact: true,
  apply(model) {
    let changes = 0;
    for (const graph of graphsOf(mainGraph(model))) {
      const outputs = new Set(graph.output.map((value) => value.name));
      const moved = new Set<NodeProto>();
      for (const node of graph.node) {
        const name = node.output[0];
        if (!isConstant(node) || name === undefined || outputs.has(name)) continue;
        const tensor = constantTensor(node);
        if (!tensor) continue;
        tensor.name = name;
        graph.initializer.push(tensor);
        moved.add(node);
      }
      removeNodes(graph, moved);
      changes += moved.size;
    }
    return changes;
  },
};

/** The value of a `Constant` node: the very tensor it holds (so that a lazy payload stays with it), or a new one. */
function constantTensor(node: NodeProto): TensorProto | undefined {
  const attribute = node.attribute[0];
  if (node.attribute.length !== 1 || !attribute || attribute.refAttrName) return undefined;
  switch (attribute.name) {
    case 'value':
      return attribute.t;
    case 'value_int':
      return integers(attribute, []);
    case 'value_ints':
      return integers(attribute, [attribute.ints.length]);
    case 'value_float':
      return floats(attribute, []);
    case 'value_floats':
      return floats(attribute, [attribute.floats.length]);
    default:
      return undefined;
  }
}

function integers(attribute: AttributeProto, dims: readonly number[]): TensorProto {
  const int64Data = dims.length === 0 ? [attribute.i] : attribute.ints;
  return create(TensorProtoSchema, { dataType: Type.INT64, dims: dims.map(BigInt), int64Data: [...int64Data] });
}

function floats(attribute: AttributeProto, dims: readonly number[]): TensorProto {
  const floatData = dims.length === 0 ? [attribute.f] : attribute.floats;
  return create(TensorProtoSchema, { dataType: Type.FLOAT, dims: dims.map(BigInt), floatData: [...floatData] });
}
