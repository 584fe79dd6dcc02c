import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { errorMessage, PressError } from '../util/pressError';
import { readWhole } from './fileAccess';

/** What to feed where a model's inputs are dynamic: dimensions and constant values by input name. */
export interface InputOptions {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly fills: Readonly<Record<string, number>>;
}

/** Nothing said about any input. */
export const NO_INPUT_OPTIONS: InputOptions = { shapes: {}, fills: {} };

const FILE_NAME = 'inputs.json';
const MAX_FILE_BYTES = 16 * 1024 * 1024;

const modelSchema = z.record(
  z.string(),
  z.strictObject({
    dims: z.array(z.int().min(0).max(0x7fffffff)).max(16).optional(),
    value: z.union([z.number(), z.boolean()]).optional(),
  }),
);
const fileSchema = z.record(z.string(), z.unknown());

/** Parses `NAME=1x576` (repeatable option --shape). `NAME=` is a scalar. Throws `bad-option`. */
export function parseShapeOption(text: string): { name: string; dims: readonly number[] } {
  const { name, value } = splitOption('--shape', text, 'NAME=1x576');
  const parts = value === '' ? [] : value.split(/[x,]/i);
  if (parts.some((part) => !/^\d{1,9}$/.test(part))) throw badOption('--shape', text, 'NAME=1x576');
  return { name, dims: parts.map(Number) };
}

/** Parses `NAME=16000` (repeatable option --fill); `true` and `false` are 1 and 0. Throws `bad-option`. */
export function parseFillOption(text: string): { name: string; value: number } {
  const { name, value } = splitOption('--fill', text, 'NAME=16000');
  const number = value === 'true' ? 1 : value === 'false' ? 0 : Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) throw badOption('--fill', text, 'NAME=16000');
  return { name, value: number };
}

/** Collects repeated --shape and --fill options. */
export function parseInputOptions(shapes: readonly string[], fills: readonly string[]): InputOptions {
  return {
    shapes: Object.fromEntries(shapes.map(parseShapeOption).map(({ name, dims }) => [name, dims])),
    fills: Object.fromEntries(fills.map(parseFillOption).map(({ name, value }) => [name, value])),
  };
}

/** Two sets of options in one; the second wins. */
export function mergeInputOptions(base: InputOptions, over: InputOptions): InputOptions {
  return { shapes: { ...base.shapes, ...over.shapes }, fills: { ...base.fills, ...over.fills } };
}

/** What `inputs.json` beside a model says about it; nothing when there is no such file or entry. */
export async function readInputOptions(modelPath: string): Promise<InputOptions> {
  const path = join(dirname(modelPath), FILE_NAME);
  let text: string;
  try {
    text = (await readWhole(path, MAX_FILE_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof PressError && error.code === 'file-not-found') return NO_INPUT_OPTIONS;
    throw error;
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw badFile(path, errorMessage(error));
  }
  const file = fileSchema.safeParse(content);
  if (!file.success) throw badFile(path, 'it must hold an object by model file name');
  const entry = file.data[basename(modelPath)];
  if (entry === undefined) return NO_INPUT_OPTIONS;
  const parsed = modelSchema.safeParse(entry);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badFile(
      path,
      `at "${[basename(modelPath), ...(issue?.path ?? [])].join('.')}": ${issue?.message ?? 'invalid'}`,
    );
  }
  const inputs = Object.entries(parsed.data);
  return {
    shapes: Object.fromEntries(inputs.flatMap(([name, { dims }]) => (dims ? [[name, dims]] : []))),
    fills: Object.fromEntries(
      inputs.flatMap(([name, { value }]) => (value === undefined ? [] : [[name, Number(value)]])),
    ),
  };
}

function splitOption(option: string, text: string, example: string): { name: string; value: string } {
  const at = text.lastIndexOf('='); // a tensor name may hold '='
  if (at <= 0) throw badOption(option, text, example);
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

function badOption(option: string, text: string, example: string): PressError {
  return new PressError('bad-option', `${option} ${text} is not understood. Write it like ${option} ${example}.`, {
    option,
    value: text,
  });
}

function badFile(path: string, what: string): PressError {
  return new PressError(
    'bad-input',
    `${path} is not understood: ${what}. Write { "model.onnx": { "input": { "dims": [1, 576], "value": 0 } } }.`,
    { path },
  );
}
