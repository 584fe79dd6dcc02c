import { dataTypeBits, dataTypeBytes, dataTypeName } from '../../onnx/dataType';
import { unsupportedModel } from '../../onnx/errors';
import type { Model, Weight } from '../../onnx/model';
import type { TensorProto } from '../../onnx/onnx_pb';
import { dimsOf, setTensorBytes, tensorBytes } from '../../onnx/tensor';
import { countKept } from './keptElements';

/** Payloads beyond it are cut each time they are read, row by row, so that a large model never lies in memory. */
const EAGER_BYTES = 1 << 20;

/** Bytes that lie together. */
interface Run {
  readonly start: number;
  readonly length: number;
}

/** A tensor as rows, one for each index of its first axis, and what stays of them. */
interface Rows {
  readonly source: Weight;
  readonly rowBytes: number;
  /** What stays of the first axis. */
  readonly kept: Uint8Array;
  /** The bytes that stay within a row. */
  readonly runs: readonly Run[];
}

/**
 * Takes elements of its axes out of a tensor, in place: its dimensions become shorter. Large payloads stay where they
 * are and are cut when they are read. Throws `unsupported-model` for elements that share a byte, and for strings.
 */
export function sliceTensor(model: Model, tensor: TensorProto, kept: ReadonlyMap<number, Uint8Array>): void {
  const rows = rowsOf(model, tensor, kept);
  const shortened = dimsOf(tensor).map((dim, axis) => {
    const elements = kept.get(axis);
    return elements ? countKept(elements) : dim;
  });
  const runBytes = rows.runs.reduce((sum, { length }) => sum + length, 0);
  const from = [...rows.kept.keys()].filter((row) => rows.kept[row] === 1);
  tensor.dims = shortened.map(BigInt);
  setRows(model, tensor, from.length, runBytes, (row, target) => {
    const source = rows.source.read((from[row] ?? 0) * rows.rowBytes, rows.rowBytes);
    let to = 0;
    for (const { start, length } of rows.runs) {
      target.set(source.subarray(start, start + length), to);
      to += length;
    }
  });
}

/** Sets elements of its axes to zero in a tensor of floats, in place; lazily like {@link sliceTensor}. */
export function zeroTensor(model: Model, tensor: TensorProto, kept: ReadonlyMap<number, Uint8Array>): void {
  const { source, rowBytes, kept: keptRows, runs } = rowsOf(model, tensor, kept);
  setRows(model, tensor, keptRows.length, rowBytes, (row, target) => {
    target.fill(0);
    if (keptRows[row] === 0) return;
    const bytes = source.read(row * rowBytes, rowBytes);
    for (const { start, length } of runs) target.set(bytes.subarray(start, start + length), start);
  });
}

function rowsOf(model: Model, tensor: TensorProto, kept: ReadonlyMap<number, Uint8Array>): Rows {
  const bits = dataTypeBits(tensor.dataType);
  if (bits === undefined || bits % 8 !== 0) {
    const type = dataTypeName(tensor.dataType);
    throw unsupportedModel(
      `Weight "${tensor.name}" is of type ${type},`,
      'whose elements cannot be taken out one by one.',
    );
  }
  const [rowCount = 1, ...inner] = dimsOf(tensor);
  const rowBytes = dataTypeBytes(
    tensor.dataType,
    inner.reduce((product, dim) => product * dim, 1),
  );
  const bytes = model.weights.has(tensor) ? undefined : tensorBytes(model, tensor);
  const source = model.weights.get(tensor) ?? {
    byteLength: rowCount * rowBytes,
    read: (offset: number, length: number) => (bytes ?? new Uint8Array(0)).subarray(offset, offset + length),
  };
  const innerKept = inner.map((_, i) => kept.get(i + 1));
  return {
    source,
    rowBytes,
    kept: kept.get(0) ?? new Uint8Array(rowCount).fill(1),
    runs: runsOf(inner, innerKept, bits / 8),
  };
}

/** The bytes of a row whose element stays on every axis, neighbours joined. */
function runsOf(dims: readonly number[], kept: readonly (Uint8Array | undefined)[], elementBytes: number): Run[] {
  const last = kept.findLastIndex((elements) => elements !== undefined);
  let block = dims.slice(last + 1).reduce((product, dim) => product * dim, elementBytes);
  let runs: Run[] = [{ start: 0, length: block }];
  for (let axis = last; axis >= 0; axis--) {
    const elements = kept[axis];
    const longer: { start: number; length: number }[] = [];
    for (let i = 0; i < (dims[axis] ?? 0); i++) {
      if (elements?.[i] === 0) continue;
      for (const { start, length } of runs) {
        const at = i * block + start;
        const previous = longer.at(-1);
        if (previous && previous.start + previous.length === at) previous.length += length;
        else longer.push({ start: at, length });
      }
    }
    runs = longer;
    block *= dims[axis] ?? 0;
  }
  return runs;
}

/** Gives a tensor a payload of rows that `fill` writes. */
function setRows(
  model: Model,
  tensor: TensorProto,
  rowCount: number,
  rowBytes: number,
  fill: (row: number, target: Uint8Array) => void,
): void {
  const byteLength = rowCount * rowBytes;
  const read = (offset: number, length: number): Uint8Array => {
    const first = Math.floor(offset / rowBytes);
    const end = Math.min(rowCount, Math.ceil((offset + length) / rowBytes));
    const bytes = new Uint8Array(Math.max(0, end - first) * rowBytes);
    for (let row = first; row < end; row++) {
      fill(row, bytes.subarray((row - first) * rowBytes, (row - first + 1) * rowBytes));
    }
    const skipped = offset - first * rowBytes;
    return bytes.subarray(skipped, skipped + length);
  };
  if (byteLength <= EAGER_BYTES) setTensorBytes(model, tensor, read(0, byteLength));
  else {
    setTensorBytes(model, tensor, new Uint8Array(0));
    model.weights.set(tensor, { byteLength, read });
  }
}
