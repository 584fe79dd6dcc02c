import { create, toBinary } from '@bufbuild/protobuf';
import type { ByteSink } from '../util/byteSource';
import { CHILD_MESSAGES, RAW_DATA_FIELD, type MessageKind } from './messageMap';
import { tensorsOf, type Model, type Weight } from './model';
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  type StringStringEntryProto,
  type TensorProto,
} from './onnx_pb';
import { byteLength, makeStandIn, standInIndex } from './readModel';
import './losslessText';
import { lengthPrefix, readerOf, WIRE_LEN, type WireReader } from './wire';

/** A protobuf message, and so a single-file model, cannot be larger (2 GiB minus room for the structure). */
export const MAX_SINGLE_FILE_BYTES = 2 ** 31 - 2 ** 20;
/** ONNX Runtime maps external data in pages; offsets are aligned so that it can. */
const EXTERNAL_ALIGNMENT = 4096;
const COPY_BYTES = 4 << 20;
/** Entries of external_data that say where the bytes are. */
const PLACE_KEYS = ['location', 'offset', 'length'];

/** Where weights go. */
export interface ExternalTarget {
  /** File name beside the model that is written into the model as `location`. */
  readonly location: string;
  readonly sink: ByteSink;
  /** Which weights move there; all of them when absent. */
  readonly select?: (weight: Weight, tensor: TensorProto) => boolean;
}

/** How a model is written. */
export interface WriteOptions {
  /** 24 bytes that occur nowhere in the model; random for untrusted content. */
  readonly nonce: Uint8Array;
  readonly external?: ExternalTarget;
}

/** A model ready to be written: its exact size and the bytes in order, weights streamed. */
export interface EncodedModel {
  readonly byteLength: number;
  writeTo(sink: ByteSink): void;
}

type Piece = Uint8Array | Weight;

/** Bytes of all weights and of those that are external now; decides where the output's weights go. */
export function weightBytes(model: Model): { total: number; external: number } {
  let total = 0;
  let external = 0;
  for (const weight of model.weights.values()) {
    total += weight.byteLength;
    if (weight.external) external += weight.byteLength;
  }
  return { total, external };
}

/** Room for the structure in a single file: models have rarely more than a few megabytes of it. */
const STRUCTURE_BYTES = 64 << 20;

/**
 * Which weights of a model must lie in an external file: all when they exceed what one file can hold, those that are
 * external now when `keepExternal` is set, undefined when none.
 */
export function externalSelection(model: Model, keepExternal: boolean): ((weight: Weight) => boolean) | undefined {
  const { total, external } = weightBytes(model);
  if (total > MAX_SINGLE_FILE_BYTES - STRUCTURE_BYTES) return () => true;
  return keepExternal && external > 0 ? (weight) => weight.external === true : undefined;
}

/**
 * Encodes a model; its message is left as it was. Weights selected for an external file are written to its sink now,
 * the rest when `writeTo` is called. Unknown fields are kept.
 */
export function encodeModel(model: Model, options: WriteOptions): EncodedModel {
  const inline: Weight[] = [];
  const restore: (() => void)[] = [];
  const external = options.external ? createExternalWriter(options.external) : undefined;
  try {
    for (const tensor of tensorsOf(model.proto)) {
      const weight = model.weights.get(tensor);
      if (!weight) continue;
      restore.push(snapshot(tensor));
      if (external?.takes(weight, tensor)) {
        // A checksum or another key still holds, since the bytes are the same.
        const others = tensor.externalData.filter(({ key }) => !PLACE_KEYS.includes(key));
        tensor.externalData = [...external.write(weight), ...others];
        tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
        tensor.rawData = new Uint8Array(0);
      } else {
        tensor.externalData = [];
        delete (tensor as Partial<TensorProto>).dataLocation; // proto2: absent means the own property is missing
        tensor.rawData = makeStandIn(inline.push(weight) - 1, options.nonce);
      }
    }
    const skeleton = toBinary(ModelProtoSchema, model.proto);
    const pieces = splice(readerOf(skeleton), skeleton, 'model', 0, skeleton.length, { inline, nonce: options.nonce });
    return { byteLength: byteLength(pieces), writeTo: (sink) => writePieces(pieces, sink) };
  } finally {
    for (const undo of restore) undo();
  }
}

/** Encodes a model into one buffer; for models well under 2 GB. */
export function encodeModelBytes(model: Model, nonce: Uint8Array): Uint8Array {
  const encoded = encodeModel(model, { nonce });
  const bytes = new Uint8Array(encoded.byteLength);
  let offset = 0;
  encoded.writeTo({
    write(chunk) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    },
  });
  return bytes;
}

/** Streams a weight in chunks. */
export function writeWeight(weight: Weight, sink: ByteSink): void {
  if (weight.byteLength === 0) weight.read(0, 0); // a place that cannot be read must not pass for an empty one
  for (let offset = 0; offset < weight.byteLength; offset += COPY_BYTES) {
    sink.write(weight.read(offset, Math.min(COPY_BYTES, weight.byteLength - offset)));
  }
}

function snapshot(tensor: TensorProto): () => void {
  const { rawData, externalData } = tensor;
  const hadRaw = Object.hasOwn(tensor, 'rawData');
  const hadLocation = Object.hasOwn(tensor, 'dataLocation');
  const location = tensor.dataLocation;
  return () => {
    tensor.externalData = externalData;
    if (hadRaw) tensor.rawData = rawData;
    else delete (tensor as Partial<TensorProto>).rawData; // proto2: absent means the own property is missing
    if (hadLocation) tensor.dataLocation = location;
    else delete (tensor as Partial<TensorProto>).dataLocation;
  };
}

function createExternalWriter(target: ExternalTarget) {
  let position = 0;
  return {
    takes: (weight: Weight, tensor: TensorProto) => target.select?.(weight, tensor) ?? true,
    write(weight: Weight): StringStringEntryProto[] {
      const padding = (EXTERNAL_ALIGNMENT - (position % EXTERNAL_ALIGNMENT)) % EXTERNAL_ALIGNMENT;
      if (padding > 0) target.sink.write(new Uint8Array(padding));
      const offset = position + padding;
      writeWeight(weight, target.sink);
      position = offset + weight.byteLength;
      const entries = { location: target.location, offset: String(offset), length: String(weight.byteLength) };
      return Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
    },
  };
}

function splice(
  reader: WireReader,
  bytes: Uint8Array,
  kind: MessageKind,
  start: number,
  end: number,
  weights: { inline: readonly Weight[]; nonce: Uint8Array },
): Piece[] {
  const pieces: Piece[] = [];
  const shortest = weights.nonce.length + 8;
  let plainStart = start;
  for (let position = start; position < end;) {
    const field = reader.field(position, end);
    position = field.end;
    if (field.wireType !== WIRE_LEN || field.end - field.payload < shortest) continue;
    if (kind === 'tensor') {
      if (field.number !== RAW_DATA_FIELD) continue;
      const index = standInIndex(bytes.subarray(field.payload, field.end), weights.nonce);
      const weight = index === undefined ? undefined : weights.inline[index];
      if (!weight) continue;
      const number = weight.field ?? RAW_DATA_FIELD;
      // Fields go in the order of their numbers: float_data belongs before the name, the stand-in came after it.
      const place = number < RAW_DATA_FIELD ? firstFieldAfter(reader, number, start, field.start) : field.start;
      pieces.push(bytes.subarray(plainStart, place), lengthPrefix(number, weight.byteLength), weight);
      if (place < field.start) pieces.push(bytes.subarray(place, field.start));
      plainStart = field.end;
      continue;
    }
    const child = CHILD_MESSAGES[kind][field.number];
    if (!child) continue;
    const inner = splice(reader, bytes, child, field.payload, field.end, weights);
    if (inner.length === 1) continue; // nothing in it was a stand-in
    pieces.push(bytes.subarray(plainStart, field.start), lengthPrefix(field.number, byteLength(inner)));
    for (const piece of inner) pieces.push(piece);
    plainStart = field.end;
  }
  pieces.push(bytes.subarray(plainStart, end));
  return pieces;
}

function firstFieldAfter(reader: WireReader, number: number, start: number, end: number): number {
  let position = start;
  while (position < end) {
    const field = reader.field(position, end);
    if (field.number > number) break;
    position = field.end;
  }
  return position;
}

function writePieces(pieces: readonly Piece[], sink: ByteSink): void {
  for (const piece of pieces) {
    if (!(piece instanceof Uint8Array)) writeWeight(piece, sink);
    else if (piece.length > 0) sink.write(piece);
  }
}
