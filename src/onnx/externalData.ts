import type { ByteSource } from '../util/byteSource';
import { dataTypeBytes } from './dataType';
import { badExternalData } from './errors';
import type { Weight } from './model';
import type { TensorProto } from './onnx_pb';

/**
 * Checks an external data location: a relative path that stays inside the model's folder.
 * Throws `external-data` for absolute paths, drive letters, `..` and anything that is not a plain path.
 */
export function checkLocation(location: string): string {
  const segments = location.split(/[\\/]/);
  const isPlain =
    location !== '' && !location.includes('\0') && !/^([A-Za-z]:|[\\/])/.test(location) && !segments.includes('..');
  if (!isPlain)
    throw badExternalData(location.slice(0, 200), 'points outside the folder of the model, which is not allowed');
  return segments.filter((segment) => segment !== '' && segment !== '.').join('/');
}

/** The external data entry `key` of a tensor. */
export function externalEntry(tensor: TensorProto, key: string): string | undefined {
  return tensor.externalData.find((entry) => entry.key === key)?.value;
}

/** A weight over an external data file, opened at the first read. Location and extent are checked then. */
export function externalWeight(
  tensor: TensorProto,
  openExternal: ((location: string) => ByteSource) | undefined,
): Weight {
  const location = externalEntry(tensor, 'location') ?? '';
  const count = tensor.dims.reduce((product, dim) => product * Number(dim), 1);
  const declared = externalEntry(tensor, 'length');
  const length = declared === undefined ? dataTypeBytes(tensor.dataType, count) : toNumber(declared);
  const offset = toNumber(externalEntry(tensor, 'offset') ?? '0');
  const isSane = Number.isSafeInteger(length) && length >= 0 && Number.isSafeInteger(offset) && offset >= 0;
  let source: ByteSource | undefined;
  return {
    byteLength: isSane ? length : 0,
    external: true,
    read(at, size) {
      const safe = checkLocation(location);
      if (!isSane) throw badExternalData(location, 'has an offset or a length that is not a number');
      if (!openExternal) throw badExternalData(location, 'cannot be read from here');
      source ??= openExternal(safe);
      if (offset + length > source.size) {
        throw badExternalData(
          location,
          `is too short: it has ${source.size} bytes and ${offset + length} are needed for "${tensor.name}"`,
        );
      }
      return source.read(offset + at, size);
    },
  };
}

function toNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : NaN;
}
