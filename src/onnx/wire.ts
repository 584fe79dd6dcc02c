/** The protobuf wire format, as far as models need it: https://protobuf.dev/programming-guides/encoding (2024). */
import { memorySource, type ByteSource } from '../util/byteSource';
import { malformedModel } from './errors';

export const WIRE_VARINT = 0;
export const WIRE_I64 = 1;
export const WIRE_LEN = 2;
export const WIRE_START_GROUP = 3;
export const WIRE_END_GROUP = 4;
export const WIRE_I32 = 5;

/** One field of a message: where its tag starts, where its payload lies and where the next field starts. */
export interface WireField {
  readonly number: number;
  readonly wireType: number;
  readonly start: number;
  readonly payload: number;
  readonly end: number;
}

const WINDOW_BYTES = 1 << 16;
const MAX_FIELD_NUMBER = 2 ** 29 - 1;

/** Reads fields from a source through a small window, so that skipping a payload never reads it. */
export class WireReader {
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;

  constructor(readonly source: ByteSource) {}

  /** The field at `position`, which must end at or before `end`. Throws `malformed-model`. */
  field(position: number, end: number): WireField {
    const [tag, payload] = this.varint(position, end);
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (number === 0 || number > MAX_FIELD_NUMBER) throw malformedModel(`field number ${number}`, position);
    switch (wireType) {
      case WIRE_VARINT: {
        const [, next] = this.varint(payload, end);
        return { number, wireType, start: position, payload, end: next };
      }
      case WIRE_I64:
        return this.bounded({ number, wireType, start: position, payload, end: payload + 8 }, end);
      case WIRE_I32:
        return this.bounded({ number, wireType, start: position, payload, end: payload + 4 }, end);
      case WIRE_LEN: {
        const [length, start] = this.varint(payload, end);
        return this.bounded({ number, wireType, start: position, payload: start, end: start + length }, end);
      }
      case WIRE_START_GROUP:
        return { number, wireType, start: position, payload, end: this.groupEnd(number, payload, end) };
      default:
        throw malformedModel(`wire type ${wireType}`, position);
    }
  }

  private bounded(field: WireField, end: number): WireField {
    if (field.end > end)
      throw malformedModel(`field ${field.number} is longer than the file or message around it`, field.start);
    return field;
  }

  private groupEnd(number: number, position: number, end: number): number {
    // Groups nest; a stack instead of recursion, so that a hostile file cannot exhaust the call stack.
    const open = [number];
    while (position < end) {
      const [tag, payload] = this.varint(position, end);
      const inner = Math.floor(tag / 8);
      if (tag % 8 === WIRE_START_GROUP) {
        open.push(inner);
        position = payload;
      } else if (tag % 8 === WIRE_END_GROUP) {
        if (open.pop() !== inner) throw malformedModel('groups that do not match', position);
        position = payload;
        if (open.length === 0) return position;
      } else {
        position = this.field(position, end).end;
      }
    }
    throw malformedModel('a group without an end', position);
  }

  private varint(position: number, end: number): [value: number, next: number] {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      if (position >= end) throw malformedModel('the file ends inside a number', position);
      const byte = this.byte(position++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return [value, position];
      scale *= 128;
    }
    throw malformedModel('a number of more than 10 bytes', position);
  }

  private byte(position: number): number {
    const offset = position - this.windowStart;
    if (offset >= 0 && offset < this.window.length) return this.window[offset] as number;
    this.windowStart = position;
    this.window = this.source.read(position, Math.min(WINDOW_BYTES, this.source.size - position));
    return this.window[0] as number;
  }
}

/** A reader over bytes in memory. */
export function readerOf(bytes: Uint8Array): WireReader {
  return new WireReader(memorySource(bytes));
}

/** Encodes a field's tag and the length of its payload. */
export function lengthPrefix(number: number, length: number): Uint8Array {
  const bytes: number[] = [];
  for (let value of [number * 8 + WIRE_LEN, length]) {
    while (value >= 128) {
      bytes.push((value % 128) | 128);
      value = Math.floor(value / 128);
    }
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}
