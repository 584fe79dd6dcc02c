import { createNamer, indexGraph } from '../graphIndex';
import type { Model } from '../model';
import { TensorProto_DataType as Type, type TensorProto } from '../onnx_pb';
import { addFloatTensor, dimsOf, readFloats } from '../tensor';
import { addInitializer, dropUnused, isOperator } from './editGraph';
import type { Pass } from './pass';

/** Below it a reciprocal is subnormal and loses digits. */
const SMALLEST_NORMAL = 2 ** -126;

/**
 * Turns `x - c` into `x + (-c)` and `x / c` into `x * (1/c)` where c is a float32 constant: ONNX Runtime has integer
 * kernels for Add and Mul only. The constant is not changed in place, since others may read it.
 */
export const subDivToAddMul: Pass = {
  name: 'Sub and Div to Add and Mul',
  exact: false,
  apply(model) {
    const index = indexGraph(model);
    const name = createNamer(model);
    const inverses = new Map<string, string | undefined>();
    let changes = 0;
    for (const node of index.graph.node) {
      if (!isOperator(node, 'Sub', 'Div')) continue;
      const constant = index.constants.get(node.input[1] ?? '');
      if (constant?.dataType !== Type.FLOAT) continue;
      const isSub = node.opType === 'Sub';
      const wanted = `${node.input[1]}_${isSub ? 'negated' : 'reciprocal'}`;
      if (!inverses.has(wanted))
        inverses.set(
          wanted,
          addInverse(model, constant, isSub, () => name(wanted)),
        );
      const inverse = inverses.get(wanted);
      if (inverse === undefined) continue;
      node.input[1] = inverse;
      node.opType = isSub ? 'Add' : 'Mul';
      changes++;
    }
    if (changes > 0) dropUnused(model);
    return changes;
  },
};

/** Adds `-c` or `1/c` as an initializer; undefined where a reciprocal would lose digits. */
function addInverse(model: Model, constant: TensorProto, isSub: boolean, name: () => string): string | undefined {
  const values = readFloats(model, constant).map((value) => (isSub ? -value : 1 / value));
  if (!isSub && !values.every((value) => Number.isFinite(value) && Math.abs(value) >= SMALLEST_NORMAL))
    return undefined;
  return addInitializer(model, addFloatTensor(model, name(), dimsOf(constant), values));
}
