import { dirname } from 'node:path';
import { findNodeAtLocation } from 'jsonc-parser';
import { z } from 'zod';
import { PressError } from '../util/pressError';
import { textPosition } from '../util/textPosition';
import { readWhole } from './fileAccess';
import { parseJsonTree } from './jsonTree';
import { issueText } from './schemaIssue';
import { decoderSchema, detectionSchema, metricSchema, segmentationSchema, taskSchema } from './taskSchema';

/** A dataset file is written by hand; anything larger is not one. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_SIDE = 8192;
const MAX_CLASSES = 100_000;

const side = z.int().min(1).max(MAX_SIDE);
const size = z.union([side, z.tuple([side, side])]);
const perChannel = (value: z.ZodNumber): z.ZodUnion<[z.ZodNumber, z.ZodArray<z.ZodNumber>]> =>
  z.union([value, z.array(value).min(1).max(4)]);

const preprocessSchema = z.strictObject({
  resize: size.optional().describe('Shorter side in pixels, or [height, width] exactly.'),
  crop: size.optional().describe('Side of the centre crop, or [height, width].'),
  channels: z.enum(['rgb', 'bgr', 'gray']).optional().describe("Default: from the model's input."),
  layout: z.enum(['NCHW', 'NHWC']).optional().describe("Default: from the model's input."),
  scale: z
    .number()
    .refine((value) => value !== 0, 'must not be 0')
    .optional()
    .describe('Every value is multiplied by it first.'),
  mean: perChannel(z.number()).optional().describe('Subtracted after scaling, in channel order.'),
  std: perChannel(z.number().positive()).optional().describe('Divided by at last, in channel order.'),
});

const common = {
  $schema: z.string().optional(),
  path: z.string().min(1).describe('Relative to this file.'),
  labelOffset: z.int().min(-1_000_000).max(1_000_000).optional().describe('Added to every label.'),
  limit: z.int().min(1).optional().describe('How many samples to use at most.'),
  shuffle: z.boolean().optional().describe('Default: true for image-folder, false otherwise.'),
  seed: z.int().min(0).max(0xffffffff).optional().describe('Of the shuffle; default 0.'),
  classes: z
    .union([z.array(z.string()).min(1).max(MAX_CLASSES), z.string().min(1)])
    .optional()
    .describe('Names by label, or a text file with one name a line.'),
  task: taskSchema.optional().describe('What is measured besides classification.'),
  metric: metricSchema.optional().describe('A program that computes figures from the outputs.'),
};
const image = {
  input: z.string().min(1).optional().describe("The model's input that the images feed."),
  preprocess: preprocessSchema.optional(),
};

const SCHEMAS = {
  'image-folder': z.strictObject({ kind: z.literal('image-folder'), ...common, ...image }),
  'image-list': z.strictObject({
    kind: z.literal('image-list'),
    ...common,
    root: z.string().min(1).optional().describe("Folder of the images; default: the list's folder."),
    fileColumn: z.string().min(1).optional().describe('Default: "file".'),
    labelColumn: z.string().min(1).optional().describe('Default: "label", if there is such a column.'),
    ...image,
  }),
  cifar10: z.strictObject({ kind: z.literal('cifar10'), ...common, ...image }),
  idx: z.strictObject({
    kind: z.literal('idx'),
    ...common,
    labels: z
      .union([z.string().min(1), z.literal(false)])
      .optional()
      .describe('Labels file; false: unlabelled.'),
    ...image,
  }),
  npz: z.strictObject({ kind: z.literal('npz'), ...common }),
  npy: z.strictObject({
    kind: z.literal('npy'),
    ...common,
    labels: z.string().min(1).optional().describe('A .npy file with one label a sample.'),
  }),
  jsonl: z.strictObject({ kind: z.literal('jsonl'), ...common }),
} as const;

/** The schema of a dataset file, by its "kind"; also the source of the JSON Schema for editors. */
export const datasetFileSchema = z.discriminatedUnion('kind', [
  SCHEMAS['image-folder'],
  SCHEMAS['image-list'],
  SCHEMAS.cifar10,
  SCHEMAS.idx,
  SCHEMAS.npz,
  SCHEMAS.npy,
  SCHEMAS.jsonl,
]);

/** What a dataset file says. */
export type DatasetFile = z.infer<typeof datasetFileSchema>;
/** How images become a tensor: resize, crop, channels, then x * scale, then (x - mean) / std. */
export type Preprocess = z.infer<typeof preprocessSchema>;

/** A dataset file and the folder that its paths are relative to. */
export interface LoadedDatasetFile {
  readonly path: string;
  readonly folder: string;
  readonly content: DatasetFile;
}

/** Reads a dataset file (JSON, comments and trailing commas allowed). Throws `bad-dataset` with line and column. */
export async function readDatasetFile(path: string): Promise<LoadedDatasetFile> {
  const text = (await readWhole(path, MAX_FILE_BYTES)).toString('utf8');
  return { path, folder: dirname(path), content: parseDatasetFile(text, path) };
}

/** Parses and validates the text of a dataset file; `path` is for messages. */
export function parseDatasetFile(text: string, path: string): DatasetFile {
  const clean = text.replace(/^\uFEFF/, '');
  const json = parseJsonTree(clean, { relaxed: true });
  if (json.problem !== undefined) throw problem(path, clean, json.offset, `is not valid JSON: ${json.problem}`);
  const { tree, value } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw problem(path, clean, tree.offset, 'must hold an object with "kind" and "path"');
  }
  const kind = 'kind' in value ? value.kind : undefined;
  if (!isKind(kind)) {
    const found = kind === undefined ? 'has no "kind"' : `has the unknown kind ${JSON.stringify(kind)}`;
    const offset = findNodeAtLocation(tree, ['kind'])?.offset ?? tree.offset;
    throw problem(path, clean, offset, `${found}; known are ${Object.keys(SCHEMAS).join(', ')}`);
  }
  const parsed = SCHEMAS[kind].safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = (issue?.path ?? []).map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue?.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const allowed = Object.keys(shapeAt(kind, at, value));
    const offset = findNodeAtLocation(tree, [...at, key])?.parent?.offset ?? tree.offset;
    const owner = at.length > 0 ? `"${at.join('.')}"` : `A dataset file of kind ${kind}`;
    throw problem(path, clean, offset, `has the unknown key "${key}". ${owner} takes ${allowed.join(', ')}`);
  }
  const offset = findNodeAtLocation(tree, at)?.offset ?? tree.offset;
  throw problem(path, clean, offset, `has a wrong "${at.join('.')}": ${issue ? issueText(issue) : 'invalid'}`);
}

/** The keys of the object at a place in a dataset file. */
function shapeAt(kind: DatasetFile['kind'], at: readonly (string | number)[], value: object): object {
  const [first, second] = at;
  if (first === 'preprocess') return preprocessSchema.shape;
  if (first === 'metric') return metricSchema.shape;
  if (first !== 'task') return SCHEMAS[kind].shape;
  if (second === 'decoder') return decoderSchema.shape;
  const task = 'task' in value ? value.task : undefined;
  const isSegmentation = typeof task === 'object' && task !== null && 'kind' in task && task.kind === 'segmentation';
  return isSegmentation ? segmentationSchema.shape : detectionSchema.shape;
}

/** True for a string that is a kind of dataset file. */
function isKind(value: unknown): value is DatasetFile['kind'] {
  return typeof value === 'string' && Object.hasOwn(SCHEMAS, value);
}

function problem(path: string, text: string, offset: number, what: string): PressError {
  const { line, column } = textPosition(text, offset);
  return new PressError('bad-dataset', `${path}:${line}:${column} ${what}.`, { path, line, column });
}
