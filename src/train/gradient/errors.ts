import type { NodeProto } from '../../onnx/onnx_pb';
import { PressError } from '../../util/pressError';

/** The gradient cannot be taken through a node: its operator has no rule, or `form` of it is not covered. */
export function noGradient(node: NodeProto, form?: string): PressError {
  const what = form === undefined ? node.opType : `${node.opType} with ${form}`;
  return new PressError(
    'no-gradient',
    `Node "${node.name || (node.output[0] ?? '')}" cannot be trained through: there is no gradient of ${what}. ` +
      'Freeze the part of the model before it.',
    { node: node.name, operator: node.opType, ...(form === undefined ? {} : { form }) },
  );
}
