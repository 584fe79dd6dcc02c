import { findAttribute, intAttribute, makeNode, removeAttribute, setAttribute, stringAttribute } from '../attributes';
import type { NodeProto } from '../onnx_pb';
import {
  addBefore,
  attributeToInput,
  floatToTypedInput,
  intsToInput,
  isReference,
  type Upgrader,
  type UpgradeScope,
} from './upgradeScope';

/**
 * Definitions of the ONNX standard that changed in operator sets 8 to 21 in a way that a node must follow, by operator
 * and version. The other changes of those versions only allow more types, or add attributes and inputs whose defaults
 * are the old behaviour (from the operators' change log in the ONNX specification).
 */
export const UPGRADERS: Readonly<Record<string, Readonly<Record<number, Upgrader>>>> = {
  BatchNormalization: { 9: dropSpatial, 14: dropStatistics },
  Clip: { 11: clipBounds },
  DFT: { 20: dftAxis },
  Dropout: { 12: dropoutRatio },
  GridSample: { 20: gridSampleMode },
  GroupNormalization: { 21: () => 'its scale and bias are per channel instead of per group from version 21.' },
  Hardmax: { 13: axisOfTwoDimensions },
  LogSoftmax: { 13: axisOfTwoDimensions },
  Pad: { 11: padAmounts },
  ReduceL1: { 18: axesInput },
  ReduceL2: { 18: axesInput },
  ReduceLogSum: { 18: axesInput },
  ReduceLogSumExp: { 18: axesInput },
  ReduceMax: { 18: axesInput },
  ReduceMean: { 18: axesInput },
  ReduceMin: { 18: axesInput },
  ReduceProd: { 18: axesInput },
  ReduceSum: { 13: axesInput },
  ReduceSumSquare: { 18: axesInput },
  Resize: { 11: resizeCoordinates, 13: resizeMode },
  RoiAlign: { 16: roiAlignCoordinates },
  Scan: { 9: () => 'its batch dimension and sequence_lens are gone from version 9.' },
  Scatter: { 11: scatterElements },
  Slice: { 10: sliceBounds },
  Softmax: { 13: axisOfTwoDimensions },
  Split: { 13: splitSizes, 18: splitCount },
  Squeeze: { 13: axesInput },
  TopK: { 10: topK },
  Unsqueeze: { 13: axesInput },
  Upsample: { 9: upsampleScales, 10: upsampleToResize },
};

function axesInput(node: NodeProto, scope: UpgradeScope): undefined {
  attributeToInput(node, scope, 'axes', 1);
}

function dropSpatial(node: NodeProto): string | undefined {
  if (intAttribute(node, 'spatial', 1) !== 1) return 'spatial=0 is gone from version 9.';
  removeAttribute(node, 'spatial');
  return undefined;
}

function dropStatistics(node: NodeProto, scope: UpgradeScope): string | undefined {
  const statistics = node.output.slice(1);
  if (statistics.some((name) => name !== '' && scope.isRead(name))) return 'its training outputs are gone.';
  node.output = node.output.slice(0, 1);
  return undefined;
}

function clipBounds(node: NodeProto, scope: UpgradeScope): undefined {
  floatToTypedInput(node, scope, 'min', 1);
  floatToTypedInput(node, scope, 'max', 2);
}

function padAmounts(node: NodeProto, scope: UpgradeScope): undefined {
  attributeToInput(node, scope, 'pads', 1);
  floatToTypedInput(node, scope, 'value', 2);
}

function sliceBounds(node: NodeProto, scope: UpgradeScope): undefined {
  attributeToInput(node, scope, 'starts', 1);
  attributeToInput(node, scope, 'ends', 2);
  attributeToInput(node, scope, 'axes', 3);
}

function dropoutRatio(node: NodeProto, scope: UpgradeScope): undefined {
  attributeToInput(node, scope, 'ratio', 1);
}

function splitSizes(node: NodeProto, scope: UpgradeScope): undefined {
  attributeToInput(node, scope, 'split', 1);
}

/** From version 18, equal parts are asked for by their number. */
function splitCount(node: NodeProto): undefined {
  if (!node.input[1]) setAttribute(node, 'num_outputs', node.output.length);
}

function topK(node: NodeProto, scope: UpgradeScope): string | undefined {
  if (isReference(node, 'k')) return 'its k is an attribute of a function.';
  const k = intAttribute(node, 'k', 1);
  removeAttribute(node, 'k');
  intsToInput(node, scope, 'k', 1, [k]);
  return undefined;
}

function dftAxis(node: NodeProto, scope: UpgradeScope): undefined {
  if (!findAttribute(node, 'axis')) setAttribute(node, 'axis', 1); // the default moved from 1 to -2
  attributeToInput(node, scope, 'axis', 2);
}

function gridSampleMode(node: NodeProto): undefined {
  const renamed: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' };
  const mode = renamed[stringAttribute(node, 'mode', 'bilinear')];
  if (mode !== undefined) setAttribute(node, 'mode', mode);
}

/** Before version 16, boxes were not shifted by half a pixel, which is no longer the default. */
function roiAlignCoordinates(node: NodeProto): undefined {
  if (!findAttribute(node, 'coordinate_transformation_mode'))
    setAttribute(node, 'coordinate_transformation_mode', 'output_half_pixel');
}

function scatterElements(node: NodeProto): undefined {
  node.opType = 'ScatterElements';
}

function upsampleScales(node: NodeProto, scope: UpgradeScope): undefined {
  attributeToInput(node, scope, 'scales', 1);
}

function upsampleToResize(node: NodeProto): undefined {
  node.opType = 'Resize';
}

/** Version 10 mapped coordinates by the scale alone and rounded down; version 11 wants that said. */
function resizeCoordinates(node: NodeProto): undefined {
  node.input = [node.input[0] ?? '', '', node.input[1] ?? ''];
  setAttribute(node, 'coordinate_transformation_mode', 'asymmetric');
  if (stringAttribute(node, 'mode', 'nearest') === 'nearest') setAttribute(node, 'nearest_mode', 'floor');
}

function resizeMode(node: NodeProto): string | undefined {
  const mode = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
  return mode === 'tf_half_pixel_for_nn'
    ? `coordinate_transformation_mode ${mode} is gone from version 13.`
    : undefined;
}

/**
 * Softmax, LogSoftmax and Hardmax before version 13 flattened their input to two dimensions at `axis` (1 when absent).
 * That equals the new meaning when at most one of the flattened dimensions is not 1; else the flattening is written out.
 */
function axisOfTwoDimensions(node: NodeProto, scope: UpgradeScope): string | undefined {
  if (isReference(node, 'axis')) return 'its axis is an attribute of a function.';
  const axis = intAttribute(node, 'axis', 1);
  const dims = scope.dims(node.input[0]);
  const single = dims && singleAxis(dims, axis);
  if (single !== undefined) {
    setAttribute(node, 'axis', single);
    return undefined;
  }
  const [input, output] = [node.input[0] ?? '', node.output[0] ?? ''];
  const shape = addBefore(node, scope, 'Shape', [input]);
  node.input = [addBefore(node, scope, 'Flatten', [input], { axis })];
  node.output = [scope.name(`${output}_flat`)];
  setAttribute(node, 'axis', -1);
  scope.after.push(makeNode('Reshape', scope.name(`${output}_reshape`), [node.output[0] ?? '', shape], [output]));
  return undefined;
}

function singleAxis(dims: readonly (number | string | null)[], axis: number): number | undefined {
  const first = axis < 0 ? axis + dims.length : axis;
  const wide = dims.map((_, i) => i).filter((i) => i >= first && dims[i] !== 1);
  if (wide.length > 1 || first >= dims.length) return undefined;
  const only = wide[0] ?? dims.length - 1;
  return only === dims.length - 1 ? -1 : only;
}
