import { isStandard } from '../../onnx/graphIndex';
import type { NodeProto } from '../../onnx/onnx_pb';
import type { Rule, RuleTable } from './rule';
import { CONVOLUTION } from './rules/convolution';
import { ELEMENTWISE } from './rules/elementwise';
import { LAYOUT } from './rules/layout';
import { LINEAR } from './rules/linear';
import { NORMALIZATION } from './rules/normalization';
import { RECURRENT } from './rules/recurrent';
import { REDUCTION } from './rules/reduction';
import { RESHAPE } from './rules/reshape';
import { SHAPES } from './rules/shapes';
import { SLICING } from './rules/slicing';

const RULES: RuleTable = {
  ...CONVOLUTION,
  ...ELEMENTWISE,
  ...LAYOUT,
  ...LINEAR,
  ...NORMALIZATION,
  ...RECURRENT,
  ...REDUCTION,
  ...RESHAPE,
  ...SHAPES,
  ...SLICING,
};

/** The rule of a node's operator; undefined where there is none. */
export function ruleOf(node: NodeProto): Rule | undefined {
  return isStandard(node) && Object.hasOwn(RULES, node.opType) ? RULES[node.opType] : undefined;
}
