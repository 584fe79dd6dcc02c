import type { TensorInfo } from '../onnx/tensorValue';
import type { SampleSource } from './dataset';
import { badDataset } from './errors';
import { readPart, withFile } from './fileAccess';
import { jsonTensor } from './jsonTensor';
import { parseJsonTree } from './jsonTree';

const CHUNK_BYTES = 1024 * 1024;
/** One sample as text; longer lines belong into a .npz. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 10;
/** Parsed lines kept, so that a sample's label and inputs cost one parse even while several are read ahead. */
const RECENT_LINES = 8;

type JsonObject = Readonly<Record<string, unknown>>;

/** Where a line that is not blank lies; numbered from 1. */
interface Line {
  readonly number: number;
  readonly offset: number;
  readonly length: number;
}

/** Opens a file with one JSON object a line: inputs by name, and "label". Lines are parsed when asked for. */
export async function openJsonLines(path: string, inputs: readonly TensorInfo[]): Promise<SampleSource> {
  const lines = await indexLines(path);
  const whereOf = (index: number): string => `${path}:${lines[index]?.number ?? 0}`;
  const readLine = async (index: number): Promise<JsonObject> => {
    const line = lines[index];
    if (!line) throw new RangeError(`Line ${index} is outside ${path}.`);
    const text = (await readPart(path, line.offset, line.length)).toString('utf8');
    return parseObject(line.number === 1 ? text.replace(/^\uFEFF/, '') : text, whereOf(index));
  };
  const recent = new Map<number, Promise<JsonObject>>();
  const parseLine = (index: number): Promise<JsonObject> => {
    const object = recent.get(index) ?? readLine(index);
    recent.set(index, object);
    const [oldest] = recent.keys();
    if (recent.size > RECENT_LINES && oldest !== undefined) recent.delete(oldest);
    return object;
  };
  const first = lines.length > 0 ? await parseLine(0) : undefined;
  if (!first) throw badDataset(path, 'holds no samples. Write one JSON object a line.');
  const fed = inputs.filter(({ name }) => Object.hasOwn(first, name));
  if (fed.length === 0) {
    const wanted = inputs.map(({ name }) => `"${name}"`).join(', ');
    throw badDataset(whereOf(0), `names none of the model's inputs (${wanted}). Use them as keys.`);
  }
  const isLabelInput = inputs.some(({ name }) => name === 'label');
  return {
    kind: 'jsonl',
    description: `${lines.length} samples in ${path}`,
    count: lines.length,
    hasLabels: !isLabelInput && Object.hasOwn(first, 'label'),
    notes: [],
    inputNames: fed.map(({ name }) => name),
    nameOf: whereOf,
    labelOf: async (index) => {
      const { label } = await parseLine(index);
      if (Number.isSafeInteger(label)) return label as number; // just checked
      throw badDataset(whereOf(index), 'has no whole number as "label", unlike the first line. Add it.');
    },
    contentOf: async (index) => {
      const object = await parseLine(index);
      const entries = fed.map((info) => [info.name, jsonTensor(object[info.name], info, whereOf(index))] as const);
      return { inputs: Object.fromEntries(entries) };
    },
  };
}

function parseObject(text: string, where: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const json = parseJsonTree(text, { relaxed: false });
    const [what, column] = json.problem === undefined ? ['it does not parse', 1] : [json.problem, json.offset + 1];
    throw badDataset(`${where}:${column}`, `is not valid JSON: ${what}. Write one object a line.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>; // just checked
  throw badDataset(where, 'is not a JSON object. Write {"INPUT": values, "label": 0} on each line.');
}

function indexLines(path: string): Promise<readonly Line[]> {
  return withFile(path, async (file, size) => {
    const lines: Line[] = [];
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    let number = 1;
    let start = 0;
    let isBlank = true;
    const finish = (end: number): void => {
      if (!isBlank) {
        if (end - start > MAX_LINE_BYTES) {
          throw badDataset(
            `${path}:${number}`,
            `has ${end - start} bytes, more than 64 MiB. Use .npz for large samples.`,
          );
        }
        lines.push({ number, offset: start, length: end - start });
      }
      number++;
      start = end + 1;
      isBlank = true;
    };
    for (let offset = 0; offset < size;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, offset);
      if (bytesRead === 0) break;
      for (let i = 0; i < bytesRead; i++) {
        const byte = chunk[i] ?? 0;
        if (byte === NEWLINE) finish(offset + i);
        else isBlank &&= byte === 32 || byte === 9 || byte === 13;
      }
      offset += bytesRead;
    }
    finish(size);
    return lines;
  });
}
