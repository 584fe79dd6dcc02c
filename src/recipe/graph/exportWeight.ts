import { realpathSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { npyHeader } from '../../data/npyHeader';
import { dataTypeName } from '../../onnx/dataType';
import { unsupportedModel } from '../../onnx/errors';
import type { Model } from '../../onnx/model';
import { TensorProto_DataType as Type } from '../../onnx/onnx_pb';
import { bytesOf } from '../../onnx/tensor';
import type { TensorRef } from '../../protocol';
import { createAtomicFile } from '../../util/files';
import { PressError, throwIfCancelled } from '../../util/pressError';
import { findWeight } from './findWeight';
import { withGraph } from './openGraph';
import { readElements } from './readElements';
import { readSparse } from './sparseElements';
import type { StoredWeight } from './storedWeight';
import type { PassContext } from './weightDetails';

/** NumPy's names of the types whose bytes are written as they are. */
const SAME: Readonly<Record<number, string>> = {
  [Type.FLOAT]: '<f4',
  [Type.DOUBLE]: '<f8',
  [Type.FLOAT16]: '<f2',
  [Type.INT8]: '|i1',
  [Type.UINT8]: '|u1',
  [Type.INT16]: '<i2',
  [Type.UINT16]: '<u2',
  [Type.INT32]: '<i4',
  [Type.UINT32]: '<u4',
  [Type.INT64]: '<i8',
  [Type.UINT64]: '<u8',
  [Type.BOOL]: '|b1',
};
/** What small integers become, which NumPy has no type for; small floats become float32. */
const WIDENED: Readonly<Record<number, string>> = {
  [Type.INT4]: '|i1',
  [Type.INT2]: '|i1',
  [Type.UINT4]: '|u1',
  [Type.UINT2]: '|u1',
};
/** Elements that are written between two chances to cancel. */
const CHUNK = 1 << 20;

/**
 * Writes a weight as it is stored to a `.npy` file, whole or not at all; a file of that name is replaced, so whoever
 * calls has asked. Types that NumPy does not know are widened without loss: bfloat16 and floats of 8 bits and fewer to
 * float32, integers of 4 and 2 bits to 8; sparse weights are written dense. Throws as `weightDetails` does.
 */
export function exportWeight(
  path: string,
  ref: TensorRef,
  output: string,
  context: PassContext = {},
): Promise<{ readonly bytes: number }> {
  return withGraph(path, async ({ file, graph }) => {
    refuseModelItself(path, output);
    const stored = findWeight(graph, ref);
    const { descr, count, part } = partsOf(file.model, stored);
    const target = createAtomicFile(output, { overwrite: true });
    try {
      target.write(npyHeader(descr, stored.dims));
      for (let offset = 0; offset < count; offset += CHUNK) {
        throwIfCancelled(context.signal);
        target.write(part(offset, Math.min(CHUNK, count - offset)));
        context.onProgress?.({ stage: 'export', done: Math.min(count, offset + CHUNK), total: count });
        await setImmediate();
      }
      target.commit();
      return { bytes: target.bytesWritten };
    } catch (error) {
      target.abort();
      throw error;
    }
  });
}

interface Parts {
  readonly descr: string;
  readonly count: number;
  part(offset: number, length: number): Uint8Array;
}

function partsOf(model: Model, stored: StoredWeight): Parts {
  const { dataType, name } = stored.values;
  if (stored.kind === 'sparse') {
    const { count, read } = readSparse(model, stored);
    return { descr: '<f8', count, part: (offset, length) => bytesOf(read(offset, length)) };
  }
  if (dataType === Type.STRING) {
    throw unsupportedModel(`Tensor "${name}" is of type ${dataTypeName(dataType)}`, 'which is not exported to .npy.');
  }
  const reader = readElements(model, stored.values);
  const same = SAME[dataType];
  if (same !== undefined) {
    return { descr: same, count: reader.count, part: (offset, length) => reader.bytes(offset, length).bytes };
  }
  const integer = WIDENED[dataType];
  return {
    descr: integer ?? '<f4',
    count: reader.count,
    part: (offset, length) => {
      const values = reader.read(offset, length);
      if (integer === undefined) return bytesOf(Float32Array.from(values));
      return bytesOf(integer === '|i1' ? Int8Array.from(values) : Uint8Array.from(values));
    },
  };
}

function refuseModelItself(model: string, output: string): void {
  let target: string;
  try {
    target = realpathSync(output);
  } catch {
    return; // does not exist yet
  }
  if (target !== realpathSync(model)) return;
  throw new PressError('bad-option', `${output} is the model itself. Choose another name for the exported weight.`, {
    path: output,
  });
}
