import type { ElementReader } from './readElements';
import type { WeightQuantization } from './quantizedWeight';

/** Reads real values where a weight is stored as integers: (integer - zero point) x scale. */
export function dequantized(
  reader: ElementReader,
  dims: readonly number[],
  quantization: WeightQuantization,
): Pick<ElementReader, 'count' | 'read'> {
  const matrix = quantization.packed ? unpacked(reader, quantization) : reader;
  const shape = quantization.packed ? [quantization.packed.rows, quantization.packed.columns] : dims;
  const scaleIndex = createScaleIndex(shape, quantization);
  const { scales, zeroPoints } = quantization;
  const hasManyZeroPoints = zeroPoints.length === scales.length;
  return {
    count: matrix.count,
    read(offset, length) {
      const values = matrix.read(offset, length);
      scaleIndex(offset, length, (i, at) => {
        const zeroPoint = zeroPoints[hasManyZeroPoints ? at : 0] ?? 0;
        values[i] = ((values[i] as number) - zeroPoint) * (scales[at] ?? 0); // within its length
      });
      return values;
    },
  };
}

/** Walks over elements and says which scale each has. */
type ScaleWalk = (offset: number, length: number, visit: (index: number, scale: number) => void) => void;

function createScaleIndex(dims: readonly number[], { scales, axis, blockSize }: WeightQuantization): ScaleWalk {
  if (axis === undefined || scales.length === 1) {
    return (_offset, length, visit) => {
      for (let i = 0; i < length; i++) visit(i, 0);
    };
  }
  const along = Math.max(1, dims[axis] ?? 1);
  const inner = Math.max(
    1,
    dims.slice(axis + 1).reduce((product, dim) => product * dim, 1),
  );
  const block = blockSize ?? 1;
  const blocks = Math.ceil(along / block);
  // With blocks every position before and behind the axis has scales of its own; without, a channel has one.
  const innerStep = blockSize === undefined ? 0 : 1;
  const axisStep = blockSize === undefined ? 1 : inner;
  const outerStep = blockSize === undefined ? 0 : blocks * inner;
  return (offset, length, visit) => {
    let within = offset % inner;
    let position = Math.floor(offset / inner) % along;
    let outer = Math.floor(offset / inner / along);
    for (let i = 0; i < length; i++) {
      visit(i, outer * outerStep + Math.floor(position / block) * axisStep + within * innerStep);
      if (++within < inner) continue;
      within = 0;
      if (++position < along) continue;
      position = 0;
      outer++;
    }
  };
}

/** MatMulNBits: rows of blocks, low bits first, each row filled up to whole blocks. */
function unpacked(reader: ElementReader, quantization: WeightQuantization): Pick<ElementReader, 'count' | 'read'> {
  const { bits, rows, columns } = quantization.packed ?? { bits: 8, rows: 0, columns: 0 };
  const block = quantization.blockSize ?? columns;
  const stride = (Math.ceil(columns / block) * block * bits) / 8;
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  // A weight that is shorter than the attributes say has only whole rows.
  const count = Math.min(rows, Math.floor(reader.count / stride)) * columns;
  return {
    count,
    read(offset, length) {
      const values = new Float64Array(length);
      let done = 0;
      while (done < length) {
        const row = Math.floor((offset + done) / columns);
        const first = (offset + done) % columns;
        const size = Math.min(columns - first, length - done);
        const from = Math.floor(first / perByte);
        const bytes = reader.read(row * stride + from, Math.ceil((first + size) / perByte) - from);
        for (let i = 0; i < size; i++) {
          const element = first + i;
          const byte = bytes[Math.floor(element / perByte) - from] ?? 0;
          values[done + i] = (byte >> ((element % perByte) * bits)) & mask;
        }
        done += size;
      }
      return values;
    },
  };
}
