import type { TensorElementType, TensorInfo, TensorValue } from '../onnx/tensorValue';
import { castExactly } from './castNumbers';
import type { DataNote } from './dataNotes';
import type { SampleSource } from './dataset';
import { badDataset, formatShape } from './errors';
import { fromFloat16 } from '../util/float16';
import type { NpyArray, NumberArray } from './npy';

/** An array that feeds one model input; its first axis counts the samples. */
export interface FeedingArray {
  readonly info: TensorInfo;
  readonly array: NpyArray;
  /** The array's name in messages. */
  readonly where: string;
}

/** Makes a sample source of arrays with a common first axis. Throws `bad-dataset` where shapes do not fit. */
export async function arraySource(
  kind: 'npz' | 'npy',
  path: string,
  feeds: readonly FeedingArray[],
  labels: { array: NpyArray; where: string } | undefined,
  notes: readonly DataNote[],
): Promise<SampleSource> {
  const readers = feeds.map((feed) => ({ feed, read: rowReader(feed) }));
  const count = feeds[0]?.array.shape[0] ?? 0;
  for (const { array, where } of feeds) {
    if (array.shape[0] === count) continue;
    throw badDataset(
      where,
      `has ${array.shape[0]} samples, but ${feeds[0]?.where} has ${count}. Give as many of each.`,
    );
  }
  if (count === 0) throw badDataset(path, 'holds no samples: the first axis is 0. Give at least one.');
  const classes = labels && (await readLabels(labels.array, labels.where, count));
  return {
    kind,
    description: `${count} samples in ${path}`,
    count,
    hasLabels: classes !== undefined,
    notes,
    inputNames: feeds.map(({ info }) => info.name),
    nameOf: (index) => `${path}[${index}]`,
    labelOf: (index) => classes?.[index] ?? 0,
    contentOf: async (index) => {
      const values = await Promise.all(readers.map(({ read }) => read(index)));
      const entries = readers.map(({ feed }, i) => [feed.info.name, values[i] as TensorValue] as const); // as many as readers
      return { inputs: Object.fromEntries(entries) };
    },
  };
}

/**
 * Reads samples of an input. An array of the input's rank holds one row a sample (its batch dimension becomes 1); an
 * array with one axis more holds whole inputs.
 */
function rowReader({ info, array, where }: FeedingArray): (index: number) => Promise<TensorValue> {
  const { type } = info;
  if (type === 'unknown' || type === 'string') {
    throw badDataset(
      where,
      `feeds input "${info.name}" of type ${type}, which arrays cannot. Use JSON Lines for strings.`,
    );
  }
  const [, ...rest] = array.shape;
  const isWhole = array.shape.length === info.dims.length + 1;
  const dims = isWhole ? rest : [1, ...rest];
  const fits =
    array.shape.length > 0 &&
    dims.length === info.dims.length &&
    info.dims.every((dim, axis) => typeof dim !== 'number' || dim === dims[axis] || (axis === 0 && !isWhole));
  if (!fits) {
    throw badDataset(
      where,
      `has shape ${formatShape(array.shape)}, but input "${info.name}" is ${formatShape(info.dims)}. ` +
        'The first axis must count the samples and the others must agree.',
      { input: info.name },
    );
  }
  return async (index) => {
    const raw = await array.readRow(index);
    return { type, dims, data: convert(raw, array.type, type, `${where}[${index}]`, info.name) };
  };
}

function convert(
  raw: NumberArray,
  from: NpyArray['type'],
  to: Exclude<TensorElementType, 'string'>,
  where: string,
  inputName: string,
): NumberArray {
  if (from === to) return raw;
  const values =
    from === 'float16' && !(raw instanceof BigInt64Array) ? Float32Array.from(raw as Uint16Array, fromFloat16) : raw;
  const cast = castExactly(values, to);
  if ('data' in cast) return cast.data;
  throw badDataset(
    where,
    `holds ${cast.refused} (${from}), which input "${inputName}" of type ${to} cannot take. Convert the array.`,
    { input: inputName },
  );
}

async function readLabels(array: NpyArray, where: string, count: number): Promise<Int32Array> {
  const { shape } = array;
  if (shape[0] !== count || shape.length > 2 || (shape[1] ?? 1) !== 1) {
    throw badDataset(
      where,
      `has shape ${formatShape(shape)}, but ${count} samples need labels of [${count}]. Correct it.`,
    );
  }
  const raw = await array.readAll();
  const cast = array.type === 'float16' ? { refused: 'a float16 value' } : castExactly(raw, 'int32');
  if ('data' in cast) return cast.data as Int32Array; // asked for int32
  throw badDataset(where, `holds ${cast.refused}, which is not a class index. Labels must be whole numbers.`);
}
