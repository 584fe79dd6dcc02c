import { decodeText } from '../../onnx/losslessText';
import { TensorProto_DataType as Type } from '../../onnx/onnx_pb';
import type { GraphRequests, TensorRef } from '../../protocol';
import { findWeight } from './findWeight';
import { cutText } from './graphText';
import { withGraph } from './openGraph';
import { readElements, type ElementReader } from './readElements';
import { readSparse } from './sparseElements';

/** Longest string of a string tensor that is shown. */
const MAX_TEXT = 200;

/**
 * Values of a weight as they are stored, from element `offset` on; fewer than `count` at the end. What JSON cannot say
 * as a number is text: integers beyond 2^53, NaN, infinities, strings. Throws as `weightDetails` does.
 */
export function weightPage(
  path: string,
  ref: TensorRef,
  offset: number,
  count: number,
): Promise<GraphRequests['graph/weightPage']['result']> {
  return withGraph(path, ({ file, graph }) => {
    const stored = findWeight(graph, ref);
    const { values } = stored;
    if (values.dataType === Type.STRING) {
      const shown = values.stringData.slice(offset, offset + count);
      // A character takes up to four bytes.
      const texts = shown.map((bytes) => cutText(decodeText(bytes.subarray(0, MAX_TEXT * 4)), MAX_TEXT));
      return { total: values.stringData.length, values: texts };
    }
    const pageOf = ({ count: total, read }: Pick<ElementReader, 'count' | 'read'>) => {
      const length = Math.max(0, Math.min(count, total - offset));
      return { total, values: length > 0 ? Array.from(read(offset, length), safeNumber) : [] };
    };
    if (stored.kind === 'sparse') return pageOf(readSparse(file.model, stored));
    const reader = readElements(file.model, values);
    const isWide = values.dataType === Type.INT64 || values.dataType === Type.UINT64;
    if (!isWide) return pageOf(reader);
    const length = Math.max(0, Math.min(count, reader.count - offset));
    const buffer = reader.bytes(Math.min(offset, reader.count), length).bytes.slice().buffer as ArrayBuffer; // a copy
    const integers = values.dataType === Type.INT64 ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
    return { total: reader.count, values: Array.from(integers, safeInteger) };
  });
}

function safeInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function safeNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
