import * as activations from './rules/activations';
import * as arithmetic from './rules/arithmetic';
import { batchNormalizationRule } from './rules/batchNormalization';
import { convRule, convTransposeRule } from './rules/conv/conv';
import { dropoutRule } from './rules/dropout';
import { gatherRule } from './rules/gather';
import { gemmRule, matmulRule } from './rules/matmul';
import * as normalization from './rules/normalization';
import * as pooling from './rules/pooling';
import { dequantizeRule, quantizeRule } from './rules/quantize';
import { gruRule } from './rules/recurrent/gru';
import { lstmRule } from './rules/recurrent/lstm';
import { REDUCE_RULES } from './rules/reduce';
import { resizeRule } from './rules/resize';
import * as shape from './rules/shape';
import * as slicing from './rules/slicing';
import { logSoftmaxRule, softmaxRule } from './rules/softmax';
import { UNARY_RULES, zeroRule } from './rules/unary';
import type { GradientRule } from './types';

/** The rule of each operator of the ONNX standard that has one. */
export const GRADIENT_RULES: ReadonlyMap<string, GradientRule> = new Map<string, GradientRule>([
  ...Object.entries(UNARY_RULES),
  ...Object.entries(REDUCE_RULES),
  ['Add', arithmetic.addRule],
  ['Sub', arithmetic.subRule],
  ['Mul', arithmetic.mulRule],
  ['Div', arithmetic.divRule],
  ['Pow', arithmetic.powRule],
  ['Min', arithmetic.extremeRule],
  ['Max', arithmetic.extremeRule],
  ['Sum', arithmetic.sumRule],
  ['Mean', arithmetic.sumRule],
  ['Where', arithmetic.whereRule],
  ['Floor', zeroRule],
  ['Ceil', zeroRule],
  ['Sign', zeroRule],
  ['Relu', activations.reluRule],
  ['LeakyRelu', activations.leakyReluRule],
  ['PRelu', activations.preluRule],
  ['Elu', activations.eluRule],
  ['Selu', activations.seluRule],
  ['Clip', activations.clipRule],
  ['HardSigmoid', activations.hardSigmoidRule],
  ['HardSwish', activations.hardSwishRule],
  ['Gelu', activations.geluRule],
  ['Mish', activations.mishRule],
  ['Softmax', softmaxRule],
  ['LogSoftmax', logSoftmaxRule],
  ['Conv', convRule],
  ['ConvTranspose', convTransposeRule],
  ['Gemm', gemmRule],
  ['MatMul', matmulRule],
  ['LayerNormalization', normalization.layerNormalizationRule],
  ['BatchNormalization', batchNormalizationRule],
  ['InstanceNormalization', normalization.instanceNormalizationRule],
  ['GroupNormalization', normalization.groupNormalizationRule],
  ['MaxPool', pooling.maxPoolRule],
  ['AveragePool', pooling.averagePoolRule],
  ['GlobalAveragePool', pooling.globalAveragePoolRule],
  ['GlobalMaxPool', pooling.globalMaxPoolRule],
  ['LSTM', lstmRule],
  ['GRU', gruRule],
  ['Dropout', dropoutRule],
  ['Reshape', shape.reshapeRule],
  ['Flatten', shape.reshapeRule],
  ['Squeeze', shape.reshapeRule],
  ['Unsqueeze', shape.reshapeRule],
  ['Identity', shape.reshapeRule],
  ['Cast', shape.castRule],
  ['Transpose', shape.transposeRule],
  ['Expand', shape.expandRule],
  ['Tile', shape.tileRule],
  ['DepthToSpace', shape.depthToSpaceRule],
  ['SpaceToDepth', shape.spaceToDepthRule],
  ['CumSum', shape.cumSumRule],
  ['Slice', slicing.sliceRule],
  ['Split', slicing.splitRule],
  ['Concat', slicing.concatRule],
  ['Pad', slicing.padRule],
  ['Gather', gatherRule],
  ['GatherElements', slicing.gatherElementsRule],
  ['GatherND', slicing.gatherNdRule],
  ['Resize', resizeRule],
  ['QuantizeLinear', quantizeRule],
  ['DequantizeLinear', dequantizeRule],
]);
