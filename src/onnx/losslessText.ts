import { configureTextEncoding } from '@bufbuild/protobuf/wire';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** A byte that is not UTF-8 is kept as the lone surrogate U+DC00 plus its value (Python calls it surrogateescape). */
const ESCAPE = 0xdc00;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Bytes to text such that {@link encodeText} gives the same bytes back, even where they are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  return text.includes('\ufffd') ? decodeSlowly(bytes) : text;
}

/** The inverse of {@link decodeText}. */
export function encodeText(text: string): Uint8Array {
  if (!LONE_SURROGATE.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) bytes.push(code - ESCAPE);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

function decodeSlowly(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) parts.push(String.fromCharCode(ESCAPE + (bytes[at] ?? 0)));
    else parts.push(decoder.decode(bytes.subarray(at, at + length)));
    at += Math.max(1, length);
  }
  return parts.join('');
}

/** Bytes of the well-formed UTF-8 sequence at `at`, or 0 (Unicode 15, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  const isTail = (offset: number): boolean => ((bytes[at + offset] ?? 0) & 0xc0) === 0x80;
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return isTail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const isInRange = lead === 0xe0 ? second >= 0xa0 : lead === 0xed ? second <= 0x9f : true;
    return isInRange && isTail(1) && isTail(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const isInRange = lead === 0xf0 ? second >= 0x90 : lead === 0xf4 ? second <= 0x8f : true;
    return isInRange && isTail(1) && isTail(2) && isTail(3) ? 4 : 0;
  }
  return 0;
}

// Models carry names and paths in whatever encoding their exporter had; replacing what is not UTF-8 would lose it and
// could make two names equal. The setting is one per process and only widens what the library does.
configureTextEncoding({
  encodeUtf8: (text) => encodeText(text) as Uint8Array<ArrayBuffer>, // never over shared memory
  decodeUtf8: decodeText,
  checkUtf8: () => true,
});
