import { floatAttribute } from './attributes';
import type { GraphIndex } from './graphIndex';
import type { Model } from './model';
import type { NodeProto } from './onnx_pb';
import { floatConstant } from './rewrites/affine';
import { isOperator } from './rewrites/editGraph';
import { readFloats } from './tensor';

/** What an activation function limits its values to; infinite where it does not. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** The bounds of a Relu or of a Clip whose limits are constants, as inputs or, before opset 11, as attributes. */
export function activationBounds(model: Model, index: GraphIndex, node: NodeProto): Bounds | undefined {
  if (isOperator(node, 'Relu')) return { low: 0, high: Infinity };
  if (!isOperator(node, 'Clip')) return undefined;
  const bound = (position: number, attribute: string, fallback: number): number | undefined => {
    const name = node.input[position] ?? '';
    if (name === '') return floatAttribute(node, attribute, fallback);
    const tensor = floatConstant(index, name);
    return tensor && readFloats(model, tensor)[0];
  };
  const [low, high] = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)];
  return low === undefined || high === undefined ? undefined : { low, high };
}
