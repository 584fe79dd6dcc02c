import { fromBinary } from '@bufbuild/protobuf';
import { memorySource, type ByteSource } from '../util/byteSource';
import { errorMessage, PressError } from '../util/pressError';
import { externalWeight } from './externalData';
import { malformedModel, unsupportedModel } from './errors';
import {
  CHILD_MESSAGES,
  MAX_DEPTH,
  PAYLOAD_FIELDS,
  RAW_DATA_FIELD,
  type MessageKind,
  type PayloadField,
} from './messageMap';
import { tensorsOf, type Model, type Weight } from './model';
import { ModelProtoSchema, TensorProto_DataLocation, type ModelProto, type TensorProto } from './onnx_pb';
import './losslessText';
import { lengthPrefix, WIRE_I32, WIRE_I64, WIRE_LEN, WireReader, type WireField } from './wire';

/** How a model is read. */
export interface ReadOptions {
  /** Opens an external data file by its (already checked) relative location. Without it, external data is unreadable. */
  readonly openExternal?: (location: string) => ByteSource;
  /** Payloads of at least so many bytes stay in the source. */
  readonly lazyBytes?: number;
  /** Distinguishes stand-ins from real payloads; random for untrusted files, fixed in tests. 24 bytes. */
  readonly nonce: Uint8Array;
}

const DEFAULT_LAZY_BYTES = 1024;
/** Structure beyond this is not a model that anything could run; it protects memory from hostile files. */
const MAX_STRUCTURE_BYTES = 768 * 1024 * 1024;
/** Each node, value or attribute costs some hundred bytes of memory, however short it is in the file. */
const MAX_FIELDS = 2_000_000;
/** How each payload field may be encoded: as one block, or one element at a time. */
const PAYLOAD_WIRE_TYPES: Readonly<Record<PayloadField, readonly number[]>> = {
  4: [WIRE_LEN, WIRE_I32],
  9: [WIRE_LEN],
  10: [WIRE_LEN, WIRE_I64],
};

/**
 * Reads a model without its large weights: one scan copies the structure and leaves a stand-in for every large payload,
 * whose place in the source is kept. `source` must stay readable as long as the model is used.
 * Throws `malformed-model` or `unsupported-model`.
 */
export function readModel(source: ByteSource, options: ReadOptions): Model {
  if (source.size === 0) throw malformedModel('the file is empty');
  const scan = new Scan(source, options);
  const skeleton = scan.run();
  let proto: ModelProto;
  try {
    proto = fromBinary(ModelProtoSchema, skeleton);
  } catch (error) {
    throw malformedModel(errorMessage(error));
  }
  if (!proto.graph) throw malformedModel('it has no graph');
  if (proto.opsetImport.length === 0 && proto.irVersion >= 3n) throw malformedModel('it names no operator set');
  const weights = new Map<TensorProto, Weight>();
  for (const tensor of tensorsOf(proto)) {
    const weight = scan.weightOf(tensor.rawData);
    if (weight) {
      weights.set(tensor, weight);
      tensor.rawData = new Uint8Array(0);
    }
    if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL)
      weights.set(tensor, externalWeight(tensor, options.openExternal));
  }
  return { proto, weights };
}

/** Reads a model from bytes in memory. */
export function readModelBytes(bytes: Uint8Array, options: ReadOptions): Model {
  return readModel(memorySource(bytes), options);
}

/** Copies structure, records payloads. */
class Scan {
  private readonly reader: WireReader;
  private readonly lazyBytes: number;
  private readonly weights: Weight[] = [];
  private copied = 0;
  private fields = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly options: ReadOptions,
  ) {
    this.reader = new WireReader(source);
    this.lazyBytes = Math.max(options.lazyBytes ?? DEFAULT_LAZY_BYTES, 64);
  }

  run(): Uint8Array {
    return concat(this.message('model', 0, this.source.size, 0));
  }

  /** The weight that a stand-in stands for, or undefined for a real payload. */
  weightOf(payload: Uint8Array): Weight | undefined {
    const index = standInIndex(payload, this.options.nonce);
    return index === undefined ? undefined : this.weights[index];
  }

  private message(kind: MessageKind, start: number, end: number, depth: number): Uint8Array[] {
    if (depth > MAX_DEPTH)
      throw unsupportedModel('Its graphs are nested too deeply.', 'Export it with fewer nested subgraphs.');
    if (kind === 'tensor') return this.tensor(start, end);
    const children = CHILD_MESSAGES[kind];
    const pieces: Uint8Array[] = [];
    let plainStart = start;
    for (let position = start; position < end;) {
      const field = this.reader.field(position, end);
      const known = children[field.number];
      // The parser takes known fields at their word; one of another wire type would make it read out of step.
      if (known && field.wireType !== WIRE_LEN) throw malformedModel(`wire type ${field.wireType}`, field.start);
      if (++this.fields > MAX_FIELDS)
        throw unsupportedModel('It has more than two million nodes and values,', 'which is more than can be loaded.');
      const child = field.end - field.payload >= this.lazyBytes ? known : undefined;
      if (child) {
        this.copy(pieces, plainStart, field.start);
        const inner = this.message(child, field.payload, field.end, depth + 1);
        pieces.push(lengthPrefix(field.number, byteLength(inner)));
        for (const piece of inner) pieces.push(piece);
        plainStart = field.end;
      }
      position = field.end;
    }
    this.copy(pieces, plainStart, end);
    return pieces;
  }

  private tensor(start: number, end: number): Uint8Array[] {
    let only: (WireField & { field: PayloadField }) | undefined;
    let payloadCount = 0;
    for (let position = start; position < end;) {
      const field = this.reader.field(position, end);
      const payloadField = PAYLOAD_FIELDS.find((number) => number === field.number);
      if (payloadField !== undefined) {
        if (!PAYLOAD_WIRE_TYPES[payloadField].includes(field.wireType))
          throw malformedModel(`wire type ${field.wireType}`, field.start);
        payloadCount++;
        only ??= { ...field, field: payloadField };
      }
      position = field.end;
    }
    const pieces: Uint8Array[] = [];
    // More than one payload is unusual (split packed data); then everything stays in the message as it is.
    if (payloadCount !== 1 || !only || only.end - only.payload < this.lazyBytes) {
      this.copy(pieces, start, end);
      return pieces;
    }
    this.copy(pieces, start, only.start);
    const { source } = this;
    const offset = only.payload;
    const length = only.end - only.payload;
    this.weights.push({ byteLength: length, field: only.field, read: (at, count) => source.read(offset + at, count) });
    const standIn = makeStandIn(this.weights.length - 1, this.options.nonce);
    pieces.push(lengthPrefix(RAW_DATA_FIELD, standIn.length), standIn);
    this.copy(pieces, only.end, end);
    return pieces;
  }

  private copy(pieces: Uint8Array[], start: number, end: number): void {
    if (end <= start) return;
    this.copied += end - start;
    if (this.copied > MAX_STRUCTURE_BYTES) {
      throw new PressError(
        'unsupported-model',
        'The structure of this model (without its weights) is larger than 768 MB.',
      );
    }
    pieces.push(this.source.read(start, end - start));
  }
}

/** Bytes that stand for weight number `index`: the nonce, then the index. */
export function makeStandIn(index: number, nonce: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(nonce.length + 8);
  bytes.set(nonce);
  new DataView(bytes.buffer).setFloat64(nonce.length, index);
  return bytes;
}

/** The inverse of {@link makeStandIn}; undefined when `payload` is not a stand-in of this nonce. */
export function standInIndex(payload: Uint8Array, nonce: Uint8Array): number | undefined {
  if (payload.length !== nonce.length + 8) return undefined;
  for (let i = 0; i < nonce.length; i++) if (payload[i] !== nonce[i]) return undefined;
  return new DataView(payload.buffer, payload.byteOffset, payload.length).getFloat64(nonce.length);
}

/** Total length of pieces. */
export function byteLength(pieces: readonly { readonly byteLength: number }[]): number {
  return pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(byteLength(pieces));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
