import { extname } from 'node:path';
import type { TensorInfo } from '../onnx/tensorValue';
import { assertNever } from '../util/assertNever';
import { PressError } from '../util/pressError';
import { openCifar10 } from './cifar10';
import type { Dataset, SampleSource } from './dataset';
import { createDataset } from './dataset';
import type { DatasetFile, Preprocess } from './datasetFile';
import { readDatasetFile } from './datasetFile';
import { detectDataset } from './detectDataset';
import { badDataset } from './errors';
import { readWhole, resolveDataPath, statPath } from './fileAccess';
import { findIdxLabels, openIdx } from './idx';
import { imageFilesSource } from './imageFiles';
import { listImageFolder } from './imageFolder';
import { readImageList } from './imageList';
import type { ImagePlan, ImageTraits } from './imagePlan';
import { planImages } from './imagePlan';
import type { InputOptions } from './inputOptions';
import { NO_INPUT_OPTIONS } from './inputOptions';
import { checkNames, resolveShapes } from './inputShapes';
import { openJsonLines } from './jsonLines';
import { openNpyFile, openNpz } from './npz';
import { filledTensor } from './syntheticSamples';
import { resolvedTask } from './taskSchema';

/** A list of class names is short. */
const MAX_NAMES_BYTES = 16 * 1024 * 1024;

/** How to open a dataset. */
export interface OpenDatasetOptions {
  /** Samples at most; a limit in the dataset file holds as well. */
  readonly limit?: number;
  /** Of the shuffle, where the data is shuffled; a seed in the dataset file comes first. */
  readonly seed?: number;
  /** Constants for inputs that the data does not feed. */
  readonly inputOptions?: InputOptions;
}

interface ImageOptions {
  readonly input?: string | undefined;
  readonly preprocess?: Preprocess | undefined;
}

/**
 * Opens data for a model's inputs (initializers left out): a folder of class folders, a CIFAR-10 binary file, an IDX
 * images file, .npz, .npy, JSON Lines or a dataset file. Throws `file-not-found`, `file-access`, `bad-dataset`.
 */
export async function openDataset(
  path: string,
  inputs: readonly TensorInfo[],
  options: OpenDatasetOptions = {},
): Promise<Dataset> {
  const { limit } = options;
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) {
    throw new PressError('bad-option', `A limit of ${limit} samples is not possible. Give a whole number above 0.`, {
      limit,
    });
  }
  const description = await loadDescription(path);
  const { resolve } = description;
  const file = description.content;
  const inputOptions = options.inputOptions ?? NO_INPUT_OPTIONS;
  checkNames(inputs, Object.keys(inputOptions.fills), '--fill');
  const source = withConstants(await openSource(description, inputs, inputOptions), inputs, inputOptions);
  return createDataset(source, {
    labelOffset: file.labelOffset ?? 0,
    limit: Math.min(file.limit ?? Infinity, limit ?? Infinity),
    // Class folders come one class after the other: their beginning stands for nothing.
    shuffle: file.shuffle ?? file.kind === 'image-folder',
    seed: file.seed ?? options.seed ?? 0,
    ...(file.classes === undefined ? {} : { classNames: await readClassNames(file.classes, resolve) }),
    ...(file.task ? { task: resolvedTask(file.task, resolve) } : {}),
    ...(file.metric ? { metric: { ...file.metric, command: resolve(file.metric.command) } } : {}),
  });
}

async function readClassNames(
  classes: NonNullable<DatasetFile['classes']>,
  resolve: (path: string) => string,
): Promise<readonly string[]> {
  if (typeof classes !== 'string') return classes;
  const path = resolve(classes);
  const text = (await readWhole(path, MAX_NAMES_BYTES)).toString('utf8').replace(/^\uFEFF/, '');
  const names = text.replace(/(\r?\n)+$/, '').split(/\r?\n/);
  if (names.join('') === '') throw badDataset(path, 'names no classes. Write one name a line.');
  return names.map((name) => name.trim());
}

/** What to open, and how the paths in it are meant: those in a dataset file are relative to it and restricted. */
interface Description {
  readonly content: DatasetFile;
  readonly resolve: (path: string) => string;
}

async function loadDescription(path: string): Promise<Description> {
  const isFolder = (await statPath(path)).isDirectory();
  if (!isFolder && ['.json', '.jsonc'].includes(extname(path).toLowerCase())) {
    const { folder, content } = await readDatasetFile(path);
    return { content, resolve: (inner) => resolveDataPath(folder, inner) };
  }
  const kind = isFolder ? 'image-folder' : await detectDataset(path);
  return { content: { kind, path }, resolve: (inner) => inner };
}

async function openSource(
  { content, resolve }: Description,
  inputs: readonly TensorInfo[],
  inputOptions: InputOptions,
): Promise<SampleSource> {
  const path = resolve(content.path);
  const unfilled = inputs.filter(({ name }) => inputOptions.fills[name] === undefined);
  const needing = unfilled.length > 0 ? unfilled : inputs;
  const plan = (image: ImageOptions, traits: ImageTraits): ImagePlan =>
    planImages(needing, image.input, image.preprocess, traits);
  switch (content.kind) {
    case 'image-folder': {
      if (!(await statPath(path)).isDirectory()) throw badDataset(path, 'is not a folder. Give a folder of images.');
      const files = await listImageFolder(path);
      const classes = files.classNames ? ` in ${files.classNames.length} classes` : '';
      const description = `${files.paths.length} images${classes} in ${path}`;
      return imageFilesSource('image-folder', description, files, plan(content, { mayResize: true }));
    }
    case 'image-list': {
      const root = content.root === undefined ? undefined : resolve(content.root);
      const files = await readImageList(path, { ...content, ...(root === undefined ? {} : { root }) });
      return imageFilesSource(
        'image-list',
        `${files.paths.length} images listed in ${path}`,
        files,
        plan(content, { mayResize: true }),
      );
    }
    case 'cifar10':
      return openCifar10(path, (channelCount) => plan(content, { mayResize: false, channelCount }));
    case 'idx': {
      const { labels } = content;
      const labelsPath =
        labels === undefined ? await findIdxLabels(path) : labels === false ? undefined : resolve(labels);
      return openIdx(path, (channelCount) => plan(content, { mayResize: false, channelCount }), labelsPath);
    }
    case 'npz':
      return openNpz(path, inputs);
    case 'npy':
      return openNpyFile(path, needing, content.labels === undefined ? undefined : resolve(content.labels));
    case 'jsonl':
      return openJsonLines(path, inputs);
    default:
      return assertNever(content);
  }
}

/** Adds the constants of inputs that the data does not feed. Throws `bad-dataset` for those that have none. */
function withConstants(source: SampleSource, inputs: readonly TensorInfo[], options: InputOptions): SampleSource {
  const missing = inputs.filter(({ name }) => !source.inputNames.includes(name));
  if (missing.length === 0) return source;
  const lacking = missing.find(({ name }) => options.fills[name] === undefined);
  if (lacking) {
    throw badDataset(
      source.description,
      `give nothing for input "${lacking.name}" of the model. Add it to the data (.npz or JSON Lines), ` +
        `or give a constant with --fill ${lacking.name}=VALUE.`,
      { input: lacking.name },
    );
  }
  const shapes = resolveShapes(inputs, options.shapes, missing);
  const constants = Object.fromEntries(
    missing.map((info) => [info.name, filledTensor(info, shapes[info.name] ?? [], options.fills[info.name] ?? 0)]),
  );
  return {
    ...source,
    contentOf: async (index) => {
      const content = await source.contentOf(index);
      return { ...content, inputs: { ...content.inputs, ...constants } };
    },
  };
}
