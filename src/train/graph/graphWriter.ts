import { makeNode, type AttributeValue } from '../../onnx/attributes';
import { mainGraph, type Model } from '../../onnx/model';
import { addFloatTensor, addInt64Tensor } from '../../onnx/tensor';

/** Appends operators and constants to the main graph of a model, under names that nothing else has. */
export interface GraphWriter {
  /** Appends an operator of the standard set and returns the name of its output. */
  op(operator: string, inputs: readonly string[], attributes?: Readonly<Record<string, AttributeValue>>): string;
  /** Appends an operator with several outputs. */
  ops(
    operator: string,
    inputs: readonly string[],
    outputCount: number,
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): readonly string[];
  /** A float32 constant; a scalar unless `dims` says otherwise. */
  float(value: number | ArrayLike<number>, dims?: readonly number[]): string;
  /** An int64 vector, as for axes and shapes. */
  ints(values: readonly number[]): string;
  /** Gives a tensor another name. */
  named(tensor: string, name: string): string;
}

/** Creates a writer; the names that it makes begin with `prefix`, which no tensor of the model may do yet. */
export function createGraphWriter(model: Model, prefix: string): GraphWriter {
  const graph = mainGraph(model);
  const constants = new Map<string, string>();
  let count = 0;
  const next = (what: string): string => `${prefix}${what}_${count++}`;
  const ops: GraphWriter['ops'] = (operator, inputs, outputCount, attributes = {}) => {
    const name = next(operator);
    const outputs = Array.from({ length: outputCount }, (_, i) => (i === 0 ? name : `${name}:${i}`));
    graph.node.push(makeNode(operator, name, inputs, outputs, attributes));
    return outputs;
  };
  const shared = (key: string, make: (name: string) => void): string => {
    const known = constants.get(key);
    if (known !== undefined) return known;
    const name = next('constant');
    make(name);
    constants.set(key, name);
    return name;
  };
  return {
    ops,
    op: (operator, inputs, attributes) => ops(operator, inputs, 1, attributes)[0] as string, // one output was asked for
    float: (value, dims = []) => {
      const values = typeof value === 'number' ? [value] : value;
      return shared(`float ${dims.join()} ${Array.from(values).join()}`, (name) =>
        graph.initializer.push(addFloatTensor(model, name, dims, values)),
      );
    },
    ints: (values) =>
      shared(`int ${values.join()}`, (name) =>
        graph.initializer.push(addInt64Tensor(model, name, [values.length], values)),
      ),
    named: (tensor, name) => {
      graph.node.push(makeNode('Identity', name, [tensor], [name]));
      return name;
    },
  };
}
