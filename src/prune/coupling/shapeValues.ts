import type { GraphIndex } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import type { NodeProto, TensorProto } from '../../onnx/onnx_pb';
import { elementCount } from '../../onnx/tensor';
import { isOperator } from '../../onnx/rewrites/editGraph';
import type { TensorInfo } from '../../onnx/tensorValue';

/** Where one number of a shape comes from: an element of a constant. */
export interface ShapeValue {
  readonly constant: TensorProto;
  readonly element: number;
  /** The node that reads the constant, and at which input. */
  readonly reader: NodeProto;
  readonly input: number;
}

/**
 * Follows the numbers of a shape input to the constants that they are written in, through Concat, as exporters build the
 * shape of a model with a dynamic batch. Numbers that are computed otherwise are undefined; the whole is undefined when
 * not even their places are known.
 */
export function traceShape(
  model: Model,
  index: GraphIndex,
  types: ReadonlyMap<string, TensorInfo>,
  reader: NodeProto,
  input: number,
): (ShapeValue | undefined)[] | undefined {
  const name = reader.input[input] ?? '';
  const constant = index.initializers.get(name);
  if (constant && index.constants.has(name)) {
    return Array.from({ length: elementCount(constant) }, (_, element) => ({ constant, element, reader, input }));
  }
  const producer = index.producers.get(name);
  if (isOperator(producer, 'Concat')) {
    const parts = producer.input.map((_, i) => traceShape(model, index, types, producer, i));
    return parts.includes(undefined) ? undefined : parts.flatMap((part) => part ?? []);
  }
  const length = types.get(name)?.dims[0];
  return typeof length === 'number' ? Array.from({ length }, () => undefined) : undefined;
}
