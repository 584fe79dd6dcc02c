import type { Random } from '../../src/util/random';
import { memorySource } from '../../src/util/byteSource';
import { CHILD_MESSAGES, type MessageKind } from '../../src/onnx/messageMap';
import { WIRE_LEN, WireReader, type WireField } from '../../src/onnx/wire';

/** Damages the bytes of a file. */
export type ByteMutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** What disks, networks and attackers do to a file, by name. */
export const BYTE_MUTATIONS: Readonly<Record<string, ByteMutation>> = {
  'bit flips': (bytes, random) => {
    const copy = bytes.slice();
    for (let n = 1 + random.int(8); n > 0; n--) {
      const at = pickPlace(bytes, random);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.int(8));
    }
    return copy;
  },
  truncation: (bytes, random) => bytes.slice(0, random.int(bytes.length)),
  'random bytes': (bytes, random) => {
    const copy = bytes.slice();
    const start = pickPlace(bytes, random);
    for (let i = start; i < Math.min(copy.length, start + 1 + random.int(32)); i++) copy[i] = random.int(256);
    return copy;
  },
  'removed range': (bytes, random) => {
    const start = random.int(bytes.length);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + random.int(64))]);
  },
  'repeated range': (bytes, random) => {
    const start = random.int(bytes.length);
    const end = start + 1 + random.int(64);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
  'garbage file': (bytes, random) => Uint8Array.from({ length: random.int(bytes.length) }, () => random.int(256)),
  'removed field': (bytes, random) => {
    const { field } = pickField(bytes, random);
    return Buffer.concat([bytes.subarray(0, field.start), bytes.subarray(field.end)]);
  },
  'absurd length': (bytes, random) => {
    const { field } = pickField(bytes, random, true);
    const tag = bytes.subarray(field.start, field.start + 1);
    const length =
      random.next() < 0.5
        ? [0xff, 0xff, 0xff, 0xff, 0x07]
        : [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    return Buffer.concat([bytes.subarray(0, field.start), tag, Uint8Array.from(length), bytes.subarray(field.payload)]);
  },
  'other field number': (bytes, random) => {
    const copy = bytes.slice();
    const { field } = pickField(bytes, random);
    copy[field.start] = (random.int(16) << 3) | field.wireType;
    return copy;
  },
  'other wire type': (bytes, random) => {
    const copy = bytes.slice();
    const { field } = pickField(bytes, random);
    copy[field.start] = ((copy[field.start] ?? 0) & 0xf8) | random.int(8);
    return copy;
  },
};

/** Any place in the file, or, as often, one in its structure: weights are most of a file and say little. */
function pickPlace(bytes: Uint8Array, random: Random): number {
  if (random.next() < 0.5) return random.int(bytes.length);
  const { field } = pickField(bytes, random);
  return field.start + random.int(Math.min(field.end - field.start, 16));
}

/** A random field at a random depth of the message tree. */
function pickField(bytes: Uint8Array, random: Random, onlyLength = false): { field: WireField } {
  const fields: WireField[] = [];
  const reader = new WireReader(memorySource(bytes));
  const visit = (kind: MessageKind, start: number, end: number): void => {
    for (let at = start; at < end;) {
      const field = reader.field(at, end);
      if (!onlyLength || field.wireType === WIRE_LEN) fields.push(field);
      const child = CHILD_MESSAGES[kind][field.number];
      if (child) visit(child, field.payload, field.end);
      at = field.end;
    }
  };
  visit('model', 0, bytes.length);
  return { field: fields[random.int(fields.length)] as WireField }; // a model has fields
}
