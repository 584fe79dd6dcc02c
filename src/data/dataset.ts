import type { TensorMap } from '../onnx/tensorValue';
import type { PressError } from '../util/pressError';
import { throwIfCancelled } from '../util/pressError';
import { createRandom } from '../util/random';
import type { DataNote } from './dataNotes';
import { badDataset, isCorruptSample } from './errors';
import type { Region } from './pixels';
import type { MetricCommand, Task } from './taskSchema';

/** The formats that a dataset can be read from; `synthetic` is generated, not read. */
export type DatasetKind = 'image-folder' | 'image-list' | 'cifar10' | 'idx' | 'npz' | 'npy' | 'jsonl' | 'synthetic';

/** How an image became the input of a model: resized, then a region cut out; sizes are height and width in pixels. */
export interface ImagePlacement {
  readonly original: readonly [height: number, width: number];
  readonly resized: readonly [height: number, width: number];
  /** Of the resized image; it may reach beyond it. */
  readonly region: Region;
}

/** What a sample feeds to a model, and for images how they were placed. */
export interface SampleContent {
  readonly inputs: TensorMap;
  readonly placement?: ImagePlacement;
}

/** One thing to feed to a model: every input with batch dimension 1, and the class index if known. */
export interface Sample extends SampleContent {
  readonly label?: number;
  /** Where it came from, for messages: a file, or a file and an index. */
  readonly source: string;
  /** Its position in the data, before shuffling and limiting. */
  readonly index?: number;
}

/** A sample that could not be read and was left out. */
export interface SkippedSample {
  readonly source: string;
  readonly reason: string;
}

/** Which samples to iterate; positions count after shuffling and limiting. */
export interface SampleRange {
  readonly start?: number;
  readonly end?: number;
  readonly signal?: AbortSignal;
}

/** Labelled or unlabelled samples with random access; decodes one at a time and never holds them all. */
export interface Dataset {
  readonly kind: DatasetKind;
  /** One English sentence for a person: format, size, path. */
  readonly description: string;
  /** How many samples there are, unreadable ones included. */
  readonly count: number;
  readonly hasLabels: boolean;
  /** The name of each class by label; absent when the data has none. */
  readonly classNames?: readonly string[];
  /** What a dataset file says is measured besides classification; paths are absolute. */
  readonly task?: Task;
  /** A program of a dataset file that computes figures; its path is absolute. */
  readonly metric?: MetricCommand;
  readonly notes: readonly DataNote[];
  /** Grows while reading: each unreadable sample once. */
  readonly skipped: readonly SkippedSample[];
  /** The sample at a position. Throws `bad-dataset` when it is unreadable. */
  read(index: number): Promise<Sample>;
  /** The sample of an index in the data, before shuffling and limiting: what `Sample.index` says. Throws `bad-dataset`. */
  readOriginal(index: number): Promise<Sample>;
  /** The readable samples of a range in order. Throws `bad-dataset` when none of a non-empty range is readable. */
  samples(range?: SampleRange): AsyncIterable<Sample>;
}

/** What a format has to provide; order, limits, label offsets and skipping are added by {@link createDataset}. */
export interface SampleSource {
  readonly kind: DatasetKind;
  readonly description: string;
  readonly count: number;
  readonly hasLabels: boolean;
  readonly classNames?: readonly string[];
  readonly notes: readonly DataNote[];
  /** The model inputs that `contentOf` feeds. */
  readonly inputNames: readonly string[];
  nameOf(index: number): string;
  labelOf(index: number): number | Promise<number>;
  contentOf(index: number): SampleContent | Promise<SampleContent>;
}

/** How samples of a source are chosen and labelled. */
export interface DatasetOptions {
  readonly labelOffset?: number;
  readonly limit?: number;
  readonly shuffle?: boolean;
  readonly seed?: number;
  /** The name of each class by label, offset included; instead of what the source says. */
  readonly classNames?: readonly string[];
  readonly task?: Task;
  readonly metric?: MetricCommand;
}

/** Samples decoded ahead of the consumer; decoding runs on the thread pool while the model runs. */
const READ_AHEAD = 4;

/** Makes a dataset from a source: shuffles with a seed, limits, offsets labels, skips what cannot be read. */
export function createDataset(source: SampleSource, options: DatasetOptions = {}): Dataset {
  const order = options.shuffle ? shuffledOrder(source.count, options.seed ?? 0) : undefined;
  const count = Math.min(source.count, options.limit ?? source.count);
  const labelOffset = options.labelOffset ?? 0;
  const classNames = options.classNames ?? (source.classNames && offsetNames(source.classNames, labelOffset));
  const skipped: SkippedSample[] = [];
  const skippedIndexes = new Set<number>();

  const locate = (position: number): number => {
    if (!Number.isInteger(position) || position < 0 || position >= count) {
      throw new RangeError(`Sample ${position} is outside 0..${count - 1}.`);
    }
    return order?.[position] ?? position;
  };
  const labelAt = async (index: number): Promise<number | undefined> => {
    if (!source.hasLabels) return undefined;
    const label = (await source.labelOf(index)) + labelOffset;
    if (label >= 0) return label;
    throw badDataset(
      source.nameOf(index),
      `has label ${label} after adding labelOffset ${labelOffset}; labels start at 0. Change "labelOffset".`,
    );
  };
  const readAt = async (index: number): Promise<Sample> => {
    const content = await source.contentOf(index);
    const label = await labelAt(index);
    return { ...content, index, source: source.nameOf(index), ...(label === undefined ? {} : { label }) };
  };
  const readOrSkip = async (position: number): Promise<Sample | undefined> => {
    const index = locate(position);
    try {
      return await readAt(index);
    } catch (error) {
      if (!isCorruptSample(error)) throw error;
      if (!skippedIndexes.has(index)) skipped.push({ source: source.nameOf(index), reason: error.reason });
      skippedIndexes.add(index);
      return undefined;
    }
  };

  async function* samples(range: SampleRange = {}): AsyncGenerator<Sample> {
    const start = Math.max(0, range.start ?? 0);
    const end = Math.min(count, range.end ?? count);
    const pending: Promise<Sample | undefined>[] = [];
    let next = start;
    let yielded = 0;
    while (next < end || pending.length > 0) {
      throwIfCancelled(range.signal);
      while (next < end && pending.length < READ_AHEAD) {
        const reading = readOrSkip(next++);
        reading.catch(() => undefined); // reported when its turn comes; never an unhandled rejection
        pending.push(reading);
      }
      const sample = await pending.shift();
      if (!sample) continue;
      throwIfCancelled(range.signal);
      yielded++;
      yield sample;
    }
    if (yielded === 0 && end > start) throw nothingReadable(source.description, skipped, end - start < count);
  }

  return {
    kind: source.kind,
    description: count < source.count ? `${source.description} (${count} used)` : source.description,
    count,
    hasLabels: source.hasLabels,
    ...(classNames ? { classNames } : {}),
    ...(options.task ? { task: options.task } : {}),
    ...(options.metric ? { metric: options.metric } : {}),
    notes: source.notes,
    skipped,
    read: async (position) => readAt(locate(position)),
    readOriginal: async (index) => {
      if (!Number.isInteger(index) || index < 0 || index >= source.count) {
        throw new RangeError(`Sample ${index} is outside 0..${source.count - 1}.`);
      }
      return readAt(index);
    },
    samples,
  };
}

function shuffledOrder(count: number, seed: number): readonly number[] {
  return createRandom(seed).shuffle(Array.from({ length: count }, (_, index) => index));
}

function offsetNames(names: readonly string[], labelOffset: number): readonly string[] {
  if (labelOffset <= 0) return names.slice(-labelOffset);
  return [...Array.from({ length: labelOffset }, (_, index) => `class ${index}`), ...names];
}

function nothingReadable(description: string, skipped: readonly SkippedSample[], isPart: boolean): PressError {
  const [first] = skipped;
  return badDataset(
    description,
    `has no readable sample: all ${skipped.length}${isPart ? ' that were tried' : ''} are corrupt or unsupported, the first being ${first?.source}: ${first?.reason}.`,
    { skipped: skipped.length },
  );
}
