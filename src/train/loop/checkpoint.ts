import type { TrainEpoch } from '../../protocol';
import { memorySource, type ByteSource } from '../../util/byteSource';
import { PressError } from '../../util/pressError';
import type { TrainState } from './trainState';

/** "OPCK", then the length of a JSON header, the header and the vectors, all little-endian. */
const MAGIC = 0x4b43504f;
const PREFIX_BYTES = 8;
/** Headers beyond this are none that were written here: an epoch takes two hundred bytes. */
const MAX_HEADER_BYTES = 16 << 20;

/** What a checkpoint says of its training before the vectors. */
export interface CheckpointHeader {
  /** Which training it belongs to; only the same can go on from it. */
  readonly run: string;
  /** What whoever wrote it wanted to know again, as JSON. */
  readonly origin: unknown;
  /** Epochs that are done. */
  readonly epoch: number;
  readonly history: readonly TrainEpoch[];
}

/** The header as it is written. */
interface StoredHeader {
  readonly run: string;
  readonly origin: unknown;
  readonly rest: Omit<TrainState, 'weights' | 'statistics' | 'slots'>;
  readonly slots: readonly string[];
  readonly lengths: readonly number[];
}

/**
 * A state as the bytes of a checkpoint. `run` says which training it belongs to; only the same can go on from it.
 * `origin` is given back by {@link readCheckpointHeader}. Numbers of the header are written as JSON has them, which
 * loses no bit of a double.
 */
export function encodeCheckpoint(state: TrainState, run: string, origin: unknown): Uint8Array {
  const { weights, statistics, slots, best, ...rest } = state;
  const names = Object.keys(slots);
  const vectors = [weights, statistics, best.weights, best.statistics, ...names.map((name) => slots[name] ?? weights)];
  const header = new TextEncoder().encode(
    JSON.stringify({
      run,
      origin,
      rest: { ...rest, best: { epoch: best.epoch, figures: best.figures } },
      slots: names,
      lengths: vectors.map(({ length }) => length),
    }),
  );
  const start = vectorsStart(header.length);
  const bytes = new Uint8Array(start + vectors.reduce((sum, { byteLength }) => sum + byteLength, 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, header.length, true);
  bytes.set(header, PREFIX_BYTES);
  let at = start;
  for (const vector of vectors) {
    bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), at);
    at += vector.byteLength;
  }
  return bytes;
}

/** What {@link encodeCheckpoint} wrote. Throws `bad-option` for bytes that are no checkpoint, or that of another run. */
export function decodeCheckpoint(bytes: Uint8Array, run: string): TrainState {
  const { header, start } = storedHeader(memorySource(bytes));
  if (header.run !== run)
    throw unusable('it was made with another model, other data, other settings or another version');
  let at = start;
  const vectors = header.lengths.map((count) => {
    const vector = new Float32Array(count);
    new Uint8Array(vector.buffer).set(bytes.subarray(at, at + count * 4));
    at += count * 4;
    return vector;
  });
  const [weights, statistics, bestWeights, bestStatistics, ...slots] = vectors as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    ...Float32Array[],
  ];
  return {
    ...header.rest,
    weights,
    statistics,
    slots: Object.fromEntries(header.slots.map((name, i) => [name, slots[i] ?? new Float32Array(0)])),
    best: { ...header.rest.best, weights: bestWeights, statistics: bestStatistics },
  };
}

/** Reads the header alone, and makes sure that the vectors are there. Throws `bad-option` for what is no checkpoint. */
export function readCheckpointHeader(source: ByteSource): CheckpointHeader {
  const { run, origin, rest } = storedHeader(source).header;
  return { run, origin, epoch: rest.epoch, history: rest.history };
}

function storedHeader(source: ByteSource): { readonly header: StoredHeader; readonly start: number } {
  const isLongEnough = source.size >= PREFIX_BYTES;
  const prefix = isLongEnough ? source.read(0, PREFIX_BYTES) : new Uint8Array(PREFIX_BYTES);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw unusable('it is not a checkpoint');
  const length = view.getUint32(4, true);
  if (length > MAX_HEADER_BYTES) throw unusable('it is damaged');
  if (source.size < PREFIX_BYTES + length) throw unusable('it is cut off');
  const header = parseHeader(source.read(PREFIX_BYTES, length));
  if (header === undefined) throw unusable('it is damaged');
  const start = vectorsStart(length);
  if (source.size < start + header.lengths.reduce((sum, count) => sum + count * 4, 0)) throw unusable('it is cut off');
  return { header, start };
}

/** Undefined where the bytes are not the JSON of a header. */
function parseHeader(bytes: Uint8Array): StoredHeader | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  // The shape is checked below, as far as whoever lists checkpoints relies on it.
  const header = json as StoredHeader | null;
  const isWhole =
    typeof header?.run === 'string' &&
    Array.isArray(header.slots) &&
    Array.isArray(header.lengths) &&
    header.lengths.every((count) => Number.isInteger(count) && count >= 0) &&
    Number.isInteger(header.rest?.epoch) &&
    Array.isArray(header.rest.history);
  return isWhole ? header : undefined;
}

/** Vectors begin at a multiple of four, so that they can be views. */
function vectorsStart(headerLength: number): number {
  return PREFIX_BYTES + Math.ceil(headerLength / 4) * 4;
}

function unusable(why: string): PressError {
  return new PressError(
    'bad-option',
    `The training cannot go on from its checkpoint: ${why}. Start anew without --resume.`,
    { why },
  );
}
