import { readInts } from '../../../onnx/tensor';
import type { NodeProto } from '../../../onnx/onnx_pb';
import type { Axis } from '../axisTable';
import { obstacle, type RuleContext } from '../rule';
import { traceShape } from '../shapeValues';

/**
 * Says that a node makes axes of the lengths that its input `input` lists, `places[i]` being the axis of entry `i` of the
 * list. An axis can only become shorter if its length is written in a constant, or left open (-1, or 0 for a copy). A
 * constant that several nodes read through a common Concat ties what they make of it.
 */
export function requireWritableShape(
  node: NodeProto,
  context: RuleContext,
  input: number,
  made: readonly (Axis | undefined)[],
  open: readonly number[] = [],
): void {
  const { axes, model, index, types } = context;
  const values = traceShape(model, index, types, node, input);
  made.forEach((axis, i) => {
    if (!axis || axis.length === 1) return;
    const value = values?.[i];
    if (!value) axes.freeze(axis, obstacle(node, 'computes its length while the model runs'));
    else if (!open.includes(readInts(model, value.constant)[value.element] ?? 0) && value.reader !== node) {
      axes.tieAxes(
        axis,
        axes.virtualAxis(`\0${value.reader.output[0] ?? ''}#${value.input}`, value.element, axis.length),
      );
    }
  });
}
