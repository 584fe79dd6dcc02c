import type { BoxDecoder } from '../../data/taskSchema';
import { badDataset, formatShape } from '../../data/errors';
import type { TensorMap, TensorValue } from '../../onnx/tensorValue';
import { plainNumbers, type PlainNumbers } from '../numbers';
import { probabilities } from '../probabilities';
import { overlapOf, type Box, type Detection } from './box';

const DEFAULT_CONFIDENCE = 0.001;
const DEFAULT_NMS = 0.65;
const DEFAULT_MAX_DETECTIONS = 100;
/** Candidates of a class that are compared with each other, best first; a sort of all pairs would take minutes. */
const MAX_CANDIDATES = 3000;

/** A table of numbers: `at(row, column)`. */
interface Table {
  readonly rows: number;
  readonly columns: number;
  at(row: number, column: number): number;
}

/**
 * What the outputs of one sample say is in it, best first, boxes in the units of the decoder. Boxes that are no numbers
 * are left out. Throws `bad-dataset` where outputs are not as the decoder says.
 */
export function decodeBoxes(outputs: TensorMap, decoder: BoxDecoder): Detection[] {
  const { boxes, labelsOf } = decoder.output === undefined ? separate(outputs, decoder) : combined(outputs, decoder);
  const toBox = boxReader(boxes, decoder.boxFormat ?? 'xyxy');
  const confidence = decoder.confidence ?? DEFAULT_CONFIDENCE;
  const found: Detection[] = [];
  for (let row = 0; row < boxes.rows; row++) {
    const box = toBox(row);
    if (!Number.isFinite(box.left + box.top + box.right + box.bottom)) continue;
    for (const { label, score } of labelsOf(row)) if (score >= confidence) found.push({ ...box, label, score });
  }
  found.sort((a, b) => b.score - a.score);
  const limit = decoder.nms ?? DEFAULT_NMS;
  const kept = limit === false ? found : suppress(found, limit);
  return kept.slice(0, decoder.maxDetections ?? DEFAULT_MAX_DETECTIONS);
}

/** Greedy suppression within each class: a box that overlaps a better one by more than `limit` is dropped. */
function suppress(sorted: readonly Detection[], limit: number): Detection[] {
  const kept: Detection[] = [];
  const keptByClass = new Map<number, Detection[]>();
  const seen = new Map<number, number>();
  for (const detection of sorted) {
    const count = seen.get(detection.label) ?? 0;
    seen.set(detection.label, count + 1);
    if (count >= MAX_CANDIDATES) continue;
    const rivals = keptByClass.get(detection.label) ?? [];
    if (rivals.some((rival) => overlapOf(rival, detection) > limit)) continue;
    rivals.push(detection);
    keptByClass.set(detection.label, rivals);
    kept.push(detection);
  }
  return kept;
}

interface Candidates {
  readonly boxes: Table;
  labelsOf(row: number): readonly { readonly label: number; readonly score: number }[];
}

function combined(outputs: TensorMap, decoder: BoxDecoder): Candidates {
  const table = tableOf(outputs, decoder.output ?? '', decoder.layout === 'columns');
  const fields = decoder.fields ?? 'scores';
  if (table.columns < (fields === 'scores' ? 5 : 6))
    throw unlike(decoder.output ?? '', outputs, 'too few values a box');
  if (fields === 'score-class' || fields === 'class-score') {
    const [scoreAt, classAt] = fields === 'score-class' ? [4, 5] : [5, 4];
    return {
      boxes: table,
      labelsOf: (row) => [{ label: Math.round(table.at(row, classAt)), score: table.at(row, scoreAt) }],
    };
  }
  const start = fields === 'scores' ? 4 : 5;
  const scores = scoreReader(table, start, decoder);
  if (fields === 'scores') return { boxes: table, labelsOf: scores };
  const certainty = decoder.activation === 'sigmoid' ? sigmoid : (value: number): number => value;
  return {
    boxes: table,
    labelsOf: (row) => {
      const objectness = certainty(table.at(row, 4));
      return scores(row).map(({ label, score }) => ({ label, score: score * objectness }));
    },
  };
}

function separate(outputs: TensorMap, decoder: BoxDecoder): Candidates {
  const boxes = tableOf(outputs, decoder.boxes ?? '', false, 4);
  if (boxes.columns !== 4) throw unlike(decoder.boxes ?? '', outputs, 'not 4 values a box');
  const raw = tableOf(outputs, decoder.scores ?? '', false);
  const scores = raw.rows === boxes.rows ? raw : transposedColumn(raw);
  if (scores.rows !== boxes.rows)
    throw unlike(decoder.scores ?? '', outputs, `not one row for each of ${boxes.rows} boxes`);
  if (decoder.classes === undefined) return { boxes, labelsOf: scoreReader(scores, 0, decoder) };
  const labels = flatNumbers(outputs, decoder.classes);
  const activate = decoder.activation === 'sigmoid' ? sigmoid : (value: number): number => value;
  return {
    boxes,
    labelsOf: (row) => [{ label: Math.round(labels[row] ?? NaN), score: activate(scores.at(row, 0)) }],
  };
}

/** Reads the scores of all classes of a row from column `start` on; that of the background is left out. */
function scoreReader(table: Table, start: number, decoder: BoxDecoder): Candidates['labelsOf'] {
  const first = decoder.background ? 1 : 0;
  const count = table.columns - start;
  return (row) => {
    const raw = Float64Array.from({ length: count }, (_, i) => table.at(row, start + i));
    const shares =
      decoder.activation === 'softmax'
        ? probabilities(raw, 0, count)
        : decoder.activation === 'sigmoid'
          ? raw.map(sigmoid)
          : raw;
    return Array.from(shares.subarray(first), (score, label) => ({ label, score }));
  };
}

function boxReader(table: Table, format: NonNullable<BoxDecoder['boxFormat']>): (row: number) => Box {
  return (row) => {
    const [a, b, c, d] = [table.at(row, 0), table.at(row, 1), table.at(row, 2), table.at(row, 3)];
    switch (format) {
      case 'xyxy':
        return { left: a, top: b, right: c, bottom: d };
      case 'yxyx':
        return { left: b, top: a, right: d, bottom: c };
      case 'xywh':
        return { left: a, top: b, right: a + c, bottom: b + d };
      case 'cxcywh':
        return { left: a - c / 2, top: b - d / 2, right: a + c / 2, bottom: b + d / 2 };
    }
  };
}

/** An output as a table: its last axis is the columns, or the rows when it is turned; the other axes are joined. */
function tableOf(outputs: TensorMap, name: string, isTurned: boolean, columnsOfVector = 1): Table {
  const { value, numbers } = outputOf(outputs, name);
  const last = value.dims.length > 1 ? (value.dims.at(-1) ?? 1) : columnsOfVector;
  const others = last > 0 ? numbers.length / last : 0;
  return isTurned
    ? { rows: last, columns: others, at: (row, column) => numbers[column * last + row] ?? NaN }
    : { rows: others, columns: last, at: (row, column) => numbers[row * last + column] ?? NaN };
}

/** Scores of one class, [1, boxes], as [boxes, 1]. */
function transposedColumn(table: Table): Table {
  if (table.rows !== 1) return table;
  return { rows: table.columns, columns: 1, at: (row) => table.at(0, row) };
}

function flatNumbers(outputs: TensorMap, name: string): PlainNumbers {
  return outputOf(outputs, name).numbers;
}

function outputOf(outputs: TensorMap, name: string): { value: TensorValue; numbers: PlainNumbers } {
  const value = outputs[name];
  const numbers = value && plainNumbers(value);
  if (value && numbers) return { value, numbers };
  const names = Object.keys(outputs)
    .map((each) => `"${each}"`)
    .join(', ');
  throw badDataset('The decoder of the dataset file', `names the output "${name}", but the model has ${names}.`, {
    output: name,
  });
}

function unlike(name: string, outputs: TensorMap, why: string): Error {
  const shape = formatShape(outputs[name]?.dims ?? []);
  return badDataset(
    'The decoder of the dataset file',
    `does not fit output "${name}" of shape ${shape}: ${why}. Check "layout", "fields" and the names of outputs.`,
    { output: name },
  );
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
