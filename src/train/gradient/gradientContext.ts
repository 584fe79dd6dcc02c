import { makeNode } from '../../onnx/attributes';
import { createNamer, indexGraph, opsetOf } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import type { NodeProto, TensorProto } from '../../onnx/onnx_pb';
import { addFloatTensor, addInt64Tensor, dimsOf, readFloats, readInts } from '../../onnx/tensor';
import { elementTypeOf } from '../../onnx/dataType';
import type { TensorInfo, TensorValue } from '../../onnx/tensorValue';
import { PressError } from '../../util/pressError';
import type { GradientContext } from './types';

/** A context together with what the rules have made through it, not yet part of the model. */
export interface GradientWriter {
  readonly context: GradientContext;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  /** Outputs that forward nodes left out and now have, by node. */
  readonly addedOutputs: ReadonlyMap<NodeProto, ReadonlyMap<number, string>>;
  /** Says which node is being differentiated; new nodes are named after it. */
  enter(node: NodeProto): void;
}

/** Creates the context of one differentiation; `trained` tensors are no constants. */
export function createGradientWriter(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  trained: ReadonlySet<string>,
  wanted: (name: string) => boolean,
): GradientWriter {
  const { constants } = indexGraph(model);
  const namer = createNamer(model);
  const shapes = new Map<string, readonly number[]>();
  const shared = new Map<string, string>();
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const addedOutputs = new Map<NodeProto, Map<number, string>>();
  let scope = 'gradient';

  const initializer = (kind: string, values: ArrayLike<number>, shape: readonly number[]): string => {
    const key = `${kind} ${shape.join()} ${Array.from(values).join()}`;
    const known = shared.get(key);
    if (known !== undefined) return known;
    const name = namer(`gradient/${kind}`);
    shared.set(key, name);
    shapes.set(name, shape);
    const add = kind === 'int64' ? addInt64Tensor : addFloatTensor;
    initializers.push(add(model, name, shape, Array.from(values)));
    return name;
  };

  const context: GradientContext = {
    opset: opsetOf(model),
    shape(name) {
      const known = shapes.get(name) ?? fixedShape(name, types.get(name));
      shapes.set(name, known);
      return known;
    },
    type: (name) => types.get(name)?.type ?? 'unknown',
    constant(name) {
      const tensor = trained.has(name) ? undefined : constants.get(name);
      return tensor && valueOf(model, tensor);
    },
    emit: (op, inputs, shape, attributes) => context.emitAll(op, inputs, [shape], attributes)[0] as string, // one shape, one name
    emitAll(op, inputs, outputShapes, attributes) {
      const name = namer(`${scope}/${op}`);
      const outputs = outputShapes.map((shape, i) => {
        const output = namer(outputShapes.length === 1 ? `${name}_output` : `${name}_output_${i}`);
        shapes.set(output, shape);
        return output;
      });
      nodes.push(makeNode(op, name, inputs, outputs, attributes));
      return outputs;
    },
    floats: (values, shape) => initializer('float', values, shape),
    ints: (values, shape = [values.length]) => initializer('int64', values, shape),
    wanted,
    output(node, position, shape) {
      const present = node.output[position];
      if (present) return present;
      const added = addedOutputs.get(node) ?? new Map<number, string>();
      addedOutputs.set(node, added);
      const name = added.get(position) ?? namer(`${node.name}/output_${position}`);
      added.set(position, name);
      shapes.set(name, shape);
      return name;
    },
  };
  return {
    context,
    nodes,
    initializers,
    addedOutputs,
    enter: (node) => {
      scope = `${node.name || node.opType}/gradient`;
    },
  };
}

function fixedShape(name: string, info: TensorInfo | undefined): readonly number[] {
  const dims = info?.dims.filter((dim) => typeof dim === 'number');
  if (dims && dims.length === info?.dims.length) return dims;
  throw new PressError(
    'unknown-shape',
    `The shape of tensor "${name}" is not fixed; training needs one batch size and fixed sizes everywhere.`,
    { tensor: name },
  );
}

/** Floats of every width become float32; integers become int64 and bools int64 of 0 and 1. */
function valueOf(model: Model, tensor: TensorProto): TensorValue | undefined {
  const type = elementTypeOf(tensor.dataType);
  if (type === undefined || type === 'string') return undefined;
  const dims = dimsOf(tensor);
  if (type.startsWith('float')) return { type: 'float32', dims, data: readFloats(model, tensor) };
  return { type: 'int64', dims, data: BigInt64Array.from(readInts(model, tensor).map(BigInt)) };
}
